package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode/diff"
	"imapscope/decode/minimize"
	"imapscope/decode/script"
)

// Differs is a test for package minimize: whether a server still answers a command of a recording
// differently. Each trial is played, one after the other, and the server keeps what they change.
type Differs struct {
	Player  *Player
	Options diff.Options
	// Check, if not nil, returns why a recording cannot be played.
	Check func(*script.Script) error

	want answered
	base map[where]bool
}

// where is a command of a recording; id is 0 outside any.
type where struct {
	conn capture.ConnID
	id   int
}

// answered is a command that was answered differently.
type answered struct {
	where
	Divergence
	txn  int // the number of its transaction
	name string
}

// ErrSame is returned by Find if the server answers as recorded.
var ErrSame = errors.New("the server answers as recorded")

// Find plays the whole recording. What the trials look for is then the nth command (from 1) that
// was answered differently, on any connection if conn is 0, and with any number if txn is 0. It returns in words where that is and what
// differs first, and how many there are.
func (d *Differs) Find(ctx context.Context, r *minimize.Recording, conn capture.ConnID, txn, nth int) (what string, n int, err error) {
	s, err := d.script(ctx, r)
	if err != nil {
		return "", 0, err
	}
	if d.Check != nil {
		if err := d.Check(s); err != nil {
			return "", 0, err
		}
	}
	list, err := d.play(ctx, r)
	if err != nil {
		return "", 0, err
	}
	d.base = make(map[where]bool)
	for _, a := range list {
		if d.base[a.where] = true; conn != 0 && a.conn != conn || txn != 0 && a.txn != txn {
			continue
		}
		if n++; n == nth {
			d.want = a
			what = fmt.Sprintf("connection %d, %s: %s", a.conn, a.name, a.Differences[0].Path)
		}
	}
	if n < nth {
		return "", n, ErrSame
	}
	return what, n, nil
}

// Test implements minimize.Test: a trial passes if the command's answer differs in the same things, up
// to numbers, and no command has another status that was answered as recorded. What servers report
// on their own may differ: some do so only once, with the first answer.
func (d *Differs) Test(ctx context.Context, trials []*minimize.Recording) (int, error) {
	for i, r := range trials {
		list, err := d.play(ctx, r)
		if err != nil {
			return -1, err
		}
		if d.passes(list) {
			return i, nil
		}
	}
	return -1, nil
}

func (d *Differs) passes(list []answered) bool {
	found := false
	for _, a := range list {
		switch {
		case a.where == d.want.where && alike(a.Differences, d.want.Differences):
			found = true
		case !d.base[a.where] && slices.ContainsFunc(a.Differences, ofStatus):
			return false
		}
	}
	return found
}

// ofStatus reports whether a difference is one of OK, NO and BAD.
func ofStatus(d diff.Difference) bool { return d.Path == statusPath }

// statusPath is the Path of a difference of the status.
const statusPath = "status"

// alike reports whether two lists of differences are about the same things.
func alike(a, b []diff.Difference) bool {
	return slices.EqualFunc(a, b, func(x, y diff.Difference) bool { return minimize.Alike(x.String(), y.String()) })
}

// play plays a recording, and returns what was answered differently. The error is that no
// connection could be made.
func (d *Differs) play(ctx context.Context, r *minimize.Recording) ([]answered, error) {
	s, err := d.script(ctx, r)
	if err != nil {
		return nil, err
	}
	if d.Check != nil {
		if err := d.Check(s); err != nil {
			return nil, nil //nolint:nilerror // what cannot be played does not differ
		}
	}
	var out []answered
	for _, p := range d.Player.PlayAll(ctx, s) {
		if p.Err != nil {
			return nil, errors.Join(p.Err, ctx.Err())
		}
		for _, x := range p.Divergences(d.Options) {
			a := answered{where{conn: p.Session.Conn.ID}, x, 0, "outside any command"}
			if x.Recorded > 0 {
				e := p.Session.Exchanges[x.Recorded]
				a.id, a.txn, a.name = r.Request(a.conn, e.Start), e.N, fmt.Sprintf("transaction %d: %s", e.N, e.Command)
			}
			out = append(out, a)
		}
	}
	return out, ctx.Err()
}

// script makes a recording playable.
func (d *Differs) script(ctx context.Context, r *minimize.Recording) (*script.Script, error) {
	c := script.NewCollector(script.Options{Dialect: d.Player.Dialect})
	if err := r.Run(ctx, c); err != nil {
		return nil, err
	}
	return c.Script(), nil
}
