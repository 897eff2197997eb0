package mirror

import (
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/proxy/replay"
)

// Reason is why a command was not played, or not compared.
type Reason string

// The reasons.
const (
	Changes   Reason = "would change something on the server"
	Unknown   Reason = "unknown name, which may change something"
	Refused   Reason = "login refused by the first server"
	After     Reason = "depends on what was changed on the first server only"
	Layers    Reason = "begins TLS or compression"
	TooLong   Reason = "too long, or has too long an answer"
	Unbound   Reason = "names messages that no answer has shown on both servers yet"
	Marks     Reason = "would mark messages as seen, as the second server cannot open mailboxes read-only"
	Unopened  Reason = "mailbox not opened by the second server"
	Unplayed  Reason = "mirroring of the connection had ended"
	Parameter Reason = "only the status is compared: parameters with values unknown to the second server"
)

// locked is why a connection ends whose user the second server has refused several times.
const locked = "user refused by the second server before"

// verdict is what is done with an exchange.
type verdict struct {
	skip   Reason // it is not played
	opts   diff.Options
	status bool // only the status is compared
}

// judge decides what is done with an exchange, in the order in which the first server answered.
func (m *Mirror) judge(x *script.Exchange) verdict {
	request := requestOf(x)
	switch {
	case request == nil:
		return verdict{skip: TooLong}
	case replay.LeavesOut(x) != "":
		return verdict{skip: Layers}
	case isLogin(x.Row) && x.Refused():
		return verdict{skip: Refused}
	}
	v := verdict{opts: m.opts.Compare}
	v.opts.Ignore = slices.Clip(v.opts.Ignore)
	root := syntax.ParseRequest(&request.Message)
	switch {
	case m.opts.Writes:
	case x.Row == nil:
		return verdict{skip: Unknown}
	case x.Row.Writes(), x.Row.Removing:
		if protocol.StatusEffect(x.Status) == protocol.Succeeds {
			m.since.wrote(x, root, request.Raw)
		}
		return verdict{skip: Changes}
	default:
		after := m.since.depends(x, root, request.Raw, &v)
		if m.since.read(x, request.Raw); after {
			return verdict{skip: After}
		}
	}
	switch {
	case x.LeftOut != "", request.Elided > 0:
		return verdict{skip: TooLong}
	case x.Row.Does(protocol.Selects):
		if !m.opts.Writes {
			v.opts.Ignore = append(v.opts.Ignore, readOnly...)
		}
	case x.Row.Does(protocol.DoesNothing), x.Row.Does(protocol.Checks), x.Row.Does(protocol.Idles):
		v.status = true
	default:
		v.opts.Ignore = append(v.opts.Ignore, arrivals...)
	}
	return v
}

// readOnly are the differences of a mailbox that one side opened read-only.
var readOnly = patterns(func(r *protocol.Row) (string, bool) {
	switch {
	case r.Kind != protocol.Code:
	case r.ReadOnly, r.Does(protocol.AllowsChanges):
		return "status [" + r.Name + "]", true
	case r.Does(protocol.GivesPermanentFlags):
		return protocol.That(protocol.Response, protocol.Succeeds).Name + " [" + r.Name + "]", true
	}
	return "", false
}, protocol.Code)

// arrivals are the differences of how many messages there are.
var arrivals = patterns(func(r *protocol.Row) (string, bool) {
	return r.Name, r.Does(protocol.CountsMessages) || r.Does(protocol.CountsRecent)
}, protocol.Response)

// flags are the differences of the flags of messages.
var flags = patterns(func(r *protocol.Row) (string, bool) {
	return "message * " + r.Name, r.Displays(protocol.ShowsFlags)
}, protocol.Property)

// defined are the differences of the flags that a mailbox has.
var defined = patterns(func(r *protocol.Row) (string, bool) {
	return r.Name, r.Does(protocol.DefinesFlags)
}, protocol.Response)

// patterns returns the patterns that of gives for the rows of a kind.
func patterns(of func(*protocol.Row) (string, bool), k protocol.Kind) (list []diff.Pattern) {
	for r := range protocol.Of(k) {
		if text, ok := of(r); ok {
			list = append(list, diff.Pattern(strings.Fields(text)))
		}
	}
	return list
}

func isLogin(r *protocol.Row) bool { return r.Does(protocol.LogsIn) || r.Does(protocol.Authenticates) }

func requestOf(x *script.Exchange) *decode.Message {
	for _, m := range x.Messages {
		if m.Dir == capture.ClientToServer && m.Kind == decode.Request {
			return m
		}
	}
	return nil
}

// changes are what the first server has changed, and the second has not: by user.
type changes struct {
	boxes map[box]change
	names map[string]bool // of mailboxes were changed, by user
	lost  bool            // there are more: anything may have changed
}

type box struct{ user, name string }

// change is what has changed in a mailbox.
type change uint8

const (
	seen   change = 1 << iota // messages were read,
	marked                    // or their flags were changed,
	filled                    // or there are others
	about                     // what the server keeps about it: rights, annotations, a subscription
)

// maxChanged bounds the mailboxes that are remembered.
const maxChanged = 1 << 14

func newChanges() *changes {
	return &changes{boxes: make(map[box]change), names: make(map[string]bool)}
}

// boxOf returns a mailbox under the name by which it is known: INBOX has one in any letter case.
func boxOf(user, name string) box {
	if protocol.SameName([]byte(name), protocol.Inbox) {
		name = protocol.Inbox
	}
	return box{user, name}
}

func (c *changes) add(b box, what change) {
	if _, known := c.boxes[b]; !known && len(c.boxes) >= maxChanged {
		c.lost = true
		return
	}
	c.boxes[b] |= what
}

func (c *changes) of(user, name string) change {
	if c.lost {
		return seen | marked | filled | about
	}
	return c.boxes[boxOf(user, name)]
}

// wrote records what a command changed.
func (c *changes) wrote(x *script.Exchange, root *syntax.Node, raw []byte) {
	named := filled
	switch row := x.Row; {
	case row.Does(protocol.Stores):
		c.add(boxOf(x.User, x.Mailbox), marked)
		return
	case row.Removing: // CLOSE: those marked as deleted are gone (RFC 3501, 6.4.2, p. 47)
		if c.of(x.User, x.Mailbox)&marked != 0 {
			c.add(boxOf(x.User, x.Mailbox), filled)
		}
		return
	case row.Does(protocol.Copies):
	case row.Does(protocol.Expunges), row.Does(protocol.Moves), row.Does(protocol.Appends) && !row.States.Has(protocol.Authenticated):
		c.add(boxOf(x.User, x.Mailbox), filled)
	case row.Does(protocol.Creates), row.Does(protocol.Deletes), row.Does(protocol.Renames):
		c.rename(x.User)
	case row.Alters:
		named = about
		c.rename(x.User)
	}
	for _, name := range mailboxes(root, raw) {
		c.add(boxOf(x.User, name), named)
	}
}

func (c *changes) rename(user string) {
	if len(c.names) >= maxChanged {
		c.lost = true
		return
	}
	c.names[user] = true
}

// read records what a command that does not write changes all the same.
func (c *changes) read(x *script.Exchange, raw []byte) {
	if x.Row.Does(protocol.Fetches) && x.Mailbox != "" && session.MarksSeen(raw) {
		c.add(boxOf(x.User, x.Mailbox), seen)
	}
}

// depends reports whether the answer to a command depends on what has changed. What part of it
// depends is ignored.
func (c *changes) depends(x *script.Exchange, root *syntax.Node, raw []byte, v *verdict) bool {
	if x.Row.Does(protocol.Finds) && (c.lost || c.names[x.User]) {
		return true
	}
	for _, name := range mailboxes(root, raw) {
		what := c.of(x.User, name)
		if what&filled != 0 || what != 0 && x.Row.Effect == protocol.NoEffect {
			return true // its figures, its rights
		}
	}
	if x.Row.Does(protocol.Selects) && c.of(x.User, x.Mailbox)&(seen|marked) != 0 {
		v.opts.Ignore = append(v.opts.Ignore, defined...)
	}
	states := x.Row.States
	if x.Mailbox == "" || x.Row.Does(protocol.Selects) || !states.Has(protocol.Selected) || states.Has(protocol.NotAuthenticated) {
		return false
	}
	switch what := c.of(x.User, x.Mailbox); {
	case what&filled != 0:
		return states == protocol.In(protocol.Selected)
	case what&(seen|marked) == 0:
	case asksFlags(root, raw), root.FindRole(protocol.RoleModSeq) != nil:
		return true // which were read, or changed
	case what&marked != 0:
		v.opts.Ignore = append(v.opts.Ignore, flags...)
	}
	return false
}

// asksFlags reports whether a search depends on the flags of messages.
func asksFlags(root *syntax.Node, raw []byte) bool {
	for n := range root.All() {
		if n.Kind == syntax.KindKey && protocol.Lookup(protocol.SearchKey, n.Bytes(raw)).Displays(protocol.ShowsFlags) {
			return true
		}
	}
	return false
}

// mailboxes returns the mailboxes that a request names.
func mailboxes(root *syntax.Node, raw []byte) (names []string) {
	for n := range root.All() {
		if n.Role == protocol.RoleMailbox && (len(names) == 0 || names[len(names)-1] != string(n.Value(raw))) {
			names = append(names, string(n.Value(raw)))
		}
	}
	return names
}
