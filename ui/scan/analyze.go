package scan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/session"
	"imapscope/decode/why"
	"imapscope/ui/export"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// Source is a capture file, or a log.
type Source interface {
	capture.Source
	Seen() pcap.Seen // once Run has returned
}

// Open opens a file: what is to be run, and the file itself, which may be the same. It reports each
// connection with the file's Name as its Origin.
type Open func(f *File, s *Settings) (run capture.Source, file Source)

// maxFacts is how many facts about accounts, of each of the two sorts, a unit keeps; mergedFacts is
// how many are kept of all units.
const (
	maxFacts    = 1 << 14
	mergedFacts = 1 << 17
)

// Result is what a unit found, beside its records.
type Result struct {
	Connections  int
	ServerLegs   int
	Transactions int
	Findings     [3]int // by severity
	Made         int    // findings that a proxy made
	Worst        int    // severity, from 1, without those that a proxy made
	Reasons      int
	Left         int // connections with a reason that was not kept
	Skipped      string
	Failed       string

	Facts []account.Batch
	Cut   [2]bool
}

// analysis is a unit being done. It is a decode.Handler.
type analysis struct {
	Result
	unit     Unit
	settings *Settings

	transactions, findings, reasons spool

	rows   *export.TableRows // of Parquet
	lines  *print.Stream     // of JSON lines
	lint   *print.JSON
	about  capture.ConnID // what is being printed
	book   account.Book
	why    *why.Reasoner
	legs   map[capture.ConnID]struct{} // open ones that are server's legs
	now    decode.Event                // being checked
	one    [1]decode.Event
	failed error

	absent error // the file is not here, or is not the one that it was
}

func newAnalysis(u Unit, s *Settings, dir string) (*analysis, error) {
	a := &analysis{unit: u, settings: s, legs: make(map[capture.ConnID]struct{}), book: account.Book{Max: maxFacts}}
	for _, p := range []*spool{&a.transactions, &a.findings, &a.reasons} {
		p.dir = dir
	}
	var err error
	if s.Format == Parquet {
		a.rows, err = export.NewTableRows(a.row, print.StreamOptions{}, s.Dialect)
	} else {
		lines := print.NewFileJSON(writer(a.line), view.Options{}, u.File.Name)
		a.lines, err = print.NewStream(lines, print.StreamOptions{})
	}
	if err != nil {
		return nil, err
	}
	a.lint = print.NewFileJSON(writer(a.finding), view.Options{}, u.File.Name)
	if a.why, err = why.New(lint.Options{Dialect: s.Dialect}); err != nil {
		return nil, err
	}
	record := a.book.Recorder(u.File.Name, runOf(u.Part))
	a.why.Facts = func(c *capture.Conn, f *session.Fact) {
		if _, isLeg := a.legs[c.ID]; !isLeg {
			record(c, f)
		}
	}
	a.why.Also = a.found
	return a, nil
}

// runOf names a part, as the run of its connections: an account.Conn of another part is from
// elsewhere.
func runOf(part int) string { return fmt.Sprint(part + 1) }

// writer is a function as an io.Writer.
type writer func([]byte) error

func (w writer) Write(b []byte) (int, error) { return len(b), w(b) }

func (a *analysis) line(b []byte) error    { return a.transactions.add(a.about, b) }
func (a *analysis) finding(b []byte) error { return a.findings.add(a.about, b) }

// row keeps a row.
func (a *analysis) row(r *export.Row) error {
	b, err := json.Marshal(newRowRecord(r))
	if err != nil {
		return err
	}
	return a.transactions.add(capture.ConnID(r.Conn), b)
}

// Open implements decode.Handler.
func (a *analysis) Open(c capture.Conn) error {
	a.about = c.ID
	if err := a.stream().Open(c); err != nil {
		return err
	}
	return a.why.Open(c)
}

func (a *analysis) stream() *print.Stream {
	if a.rows != nil {
		return a.rows.Stream
	}
	return a.lines
}

// Events implements decode.Handler.
func (a *analysis) Events(id capture.ConnID, events []decode.Event) error {
	a.about = id
	if err := a.stream().Events(id, events); err != nil {
		return err
	}
	for _, e := range events {
		a.now, a.one[0] = e, e
		if decode.IsServerLeg(e) {
			a.legs[id] = struct{}{}
		}
		if err := a.why.Events(id, a.one[:]); err != nil {
			return err
		}
		if c, ok := e.(*decode.Closed); ok {
			delete(a.legs, id)
			if c.Leg == capture.ServerLeg {
				a.ServerLegs++
			}
		}
	}
	return a.failed
}

// found keeps a finding. It may be about another connection than that of the event: the other leg of
// a proxy.
func (a *analysis) found(f lint.Finding) {
	a.Findings[f.Severity]++
	if f.MadeBy == "" {
		a.Worst = max(a.Worst, int(f.Severity)+1)
	} else {
		a.Made++
	}
	x := view.Options{}.Finding(&f, a.now)
	now := a.about
	a.about = f.Conn
	a.failed = errors.Join(a.failed, a.keep(&x))
	a.about = now
}

func (a *analysis) keep(x *view.Finding) error {
	if a.settings.Format != Parquet {
		return a.lint.Finding(x, true)
	}
	b, err := json.Marshal(export.FindingRowOf(a.unit.File.Name, x))
	if err != nil {
		return err
	}
	return a.findings.add(a.about, b)
}

// run analyses the unit. The error is one of the disk, or of ctx: what is wrong with the file is in the
// Result.
func (a *analysis) run(ctx context.Context, open Open) error {
	source, file := open(a.unit.File, a.settings)
	var inner sinkError
	demux := decode.NewDemux(decode.Options{Dialect: a.settings.Dialect}, a)
	part := &only{to: guarded{demux}, part: a.unit.Part, parts: a.unit.File.Parts, ports: a.settings.ByPorts, open: make(map[capture.ConnID]struct{})}
	sink := capture.Sink(part)
	if name := a.settings.Service; name != "" {
		sink = capture.OfService{To: part, Name: name}
	}
	err := capture.RunAsync(ctx, source, sink)
	if p := new(fs.PathError); errors.As(err, &p) && p.Op == "open" {
		a.absent = err
	} else if err == nil {
		err = a.unit.File.changed()
		a.absent = err
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &inner):
		return inner.error
	case !a.unit.File.Named && (errors.Is(err, pcap.ErrForeign) || err != nil && a.unit.File.Size == 0):
		a.Skipped = a.wrong(err)
	case err != nil:
		a.Failed = a.wrong(err)
	case file.Seen().Taken == 0:
		a.Skipped = file.Seen().LeftOut("; --port N names the port of an IMAP server")
	}
	return a.finish()
}

// changed returns an error if the file is not as large as it was when the scan began.
func (f *File) changed() error {
	info, err := os.Stat(f.Path)
	if err != nil || info.Size() == f.Size {
		return nil // two files that belong together have another name
	}
	return fmt.Errorf("%s: it has %d bytes, and had %d when the scan began", f.Path, info.Size(), f.Size)
}

// wrong returns an error about the file in one line, without its name.
func (a *analysis) wrong(err error) string {
	text := strings.ReplaceAll(err.Error(), a.unit.File.Path, a.unit.File.Name)
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], a.unit.File.Name+": ")
	}
	return strings.Join(lines, "; ")
}

// finish collects what is known at the end.
func (a *analysis) finish() error {
	if a.rows != nil {
		if err := a.rows.Finish(); err != nil {
			return err
		}
	}
	for _, x := range a.why.Reasons() {
		b, err := encodeReason(x)
		if err != nil {
			return err
		}
		if err := a.reasons.add(x.Conn, b); err != nil {
			return err
		}
		a.Reasons++
	}
	a.Connections, a.Transactions, a.Left = a.why.Connections, a.why.Transactions, a.why.Left
	a.Facts, a.Cut = a.book.Batches()
	return nil
}

func (a *analysis) close() error {
	return errors.Join(a.transactions.close(), a.findings.close(), a.reasons.close())
}

// sinkError is an error of what receives the events, which is none of the file.
type sinkError struct{ error }

// guarded is a capture.Sink whose errors are sinkErrors.
type guarded struct{ to capture.Sink }

// Event implements capture.Sink.
func (g guarded) Event(e *capture.Event) error {
	if err := g.to.Event(e); err != nil {
		return sinkError{err}
	}
	return nil
}
