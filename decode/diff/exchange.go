package diff

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// reader breaks down the messages of one exchange into facts.
type reader struct {
	facts
	parser   syntax.Parser
	removed  string              // what reports that messages are gone: EXPUNGE
	expunged []string            // their numbers, in the order of the reports
	names    map[string][]string // of MAILBOX and BBOARD
	others   map[string]int      // lines of other kinds
	statuses map[string]int      // untagged ones without a code
	ready    int
	kinds    []string
	uid      bool // the command's numbers are unique identifiers
}

func factsOf(ex *Exchange) *facts {
	r := &reader{
		facts:    facts{byPath: make(map[string]*fact), subjects: make(map[string]int)},
		names:    make(map[string][]string),
		others:   make(map[string]int),
		statuses: make(map[string]int),
	}
	if ex.Transaction != nil && ex.Outcome == decode.Abandoned {
		r.add(fact{subject: "status", value: "abandoned", shown: "no response"})
	}
	r.uid = ex.Transaction != nil && ex.Row != nil && ex.Row.UID
	for _, m := range ex.Messages {
		r.message(m)
	}
	r.sums()
	return &r.facts
}

func (r *reader) message(m *decode.Message) {
	switch m.Kind {
	case decode.Request:
		r.request(m)
	case decode.Continuation:
		// What a client sends within a command (SASL, DONE) is up to the client.
	case decode.Ready:
		r.ready++
	case decode.Tagged:
		r.tagged(m)
	case decode.Greeting:
		r.greeting(m)
	case decode.Junk:
		if m.Dir == capture.ClientToServer {
			return // a blank line is not a request
		}
		r.add(fact{subject: "junk", value: string(m.Raw)})
	default:
		r.kinds = append(r.kinds, m.Word)
		r.untagged(m)
	}
}

// request adds the request, which is compared without its tag.
func (r *reader) request(m *decode.Message) {
	value, shown := requestOf(r.parser.Request(&m.Message), m.Raw)
	r.add(fact{subject: "request", value: value, shown: shown})
}

func requestOf(n *syntax.Node, raw []byte) (value, shown string) {
	q := syntax.ReadRequest(n, raw)
	values, shows := []string{q.Name}, []string{q.Name}
	for _, a := range q.Args {
		v, s := norm(a, raw)
		values, shows = append(values, v), append(shows, s)
	}
	return strings.Join(values, " "), strings.Join(shows, " ")
}

// Request returns a key for the meaning of a request, regardless of its form and its tag:
// two requests with the same key mean the same. It may contain a secret, and must not be
// shown.
func Request(m *wire.Message) string {
	value, _ := requestOf(syntax.ParseRequest(m), m.Raw)
	return value
}

func (r *reader) tagged(m *decode.Message) {
	q := syntax.ReadResponse(r.parser.Response(&m.Message), m.Raw)
	status := q.Status
	if status == "" {
		status = "none"
	}
	r.add(fact{subject: "status", value: status})
	r.code("status", q, m)
	r.add(fact{subject: "status", path: "status text", value: q.Text, other: Text, missing: Text})
}

func (r *reader) greeting(m *decode.Message) {
	q := syntax.ReadResponse(r.parser.Response(&m.Message), m.Raw)
	r.add(fact{subject: "greeting", value: q.Status})
	r.code("greeting", q, m)
	r.add(fact{subject: "greeting", path: "greeting text", value: q.Text, other: Greeting, missing: Greeting})
}

// code adds a response code as a fact of its own: [READ-ONLY] changes what follows.
func (r *reader) code(subject string, q syntax.Response, m *decode.Message) {
	if q.Code == nil {
		return
	}
	c := syntax.ReadCode(q.Code, m.Raw)
	varies := variesOf(protocol.Lookup(protocol.Code, c.Name))
	v := Real
	switch varies {
	case protocol.Assigned:
		v = Number
	case protocol.WithMail:
		v = NewMail
	}
	values, shown := r.args(c.Args, m.Raw)
	if varies == protocol.Unordered {
		values, _ = set(strings.Fields(values))
	}
	r.add(fact{subject: subject, path: subject + " [" + c.Name + "]", value: values, shown: strings.TrimSpace(c.Name + " " + shown), other: v, missing: v})
}

func variesOf(row *protocol.Row) protocol.Varies {
	if row == nil {
		return protocol.Fixed
	}
	return row.Varies
}

func (r *reader) args(args []*syntax.Node, raw []byte) (value, shown string) {
	var vs, ss []string
	for _, a := range args {
		v, s := norm(a, raw)
		vs, ss = append(vs, v), append(ss, s)
	}
	return strings.Join(vs, " "), strings.Join(ss, " ")
}

func (r *reader) untagged(m *decode.Message) {
	n := r.parser.Response(&m.Message)
	if d, ok := syntax.ReadFetch(n, m.Raw); ok {
		r.fetch(d, m.Raw)
		if m.Row != nil && m.Row.GoneIn(protocol.IMAP4) { // RFC 1176, "Responses": message data, p. 18
			subject := fmt.Sprintf("message %d", d.Number)
			r.add(fact{subject: subject, path: subject + " form", value: m.Row.Name, shown: m.Row.Name + ", the obsolete form"})
		}
		return
	}
	q := syntax.ReadResponse(n, m.Raw)
	if q.Status != "" {
		if q.Code != nil {
			r.code(q.Status, q, m)
		} else {
			r.statuses[q.Status]++
		}
		return
	}
	r.data(protocol.Lookup(protocol.Response, q.Data), q, n, m.Raw)
}

// data adds untagged data by what it reports; without a row, or with one that has no
// effect, as it is written.
func (r *reader) data(row *protocol.Row, q syntax.Response, n *syntax.Node, raw []byte) {
	switch {
	case row.Does(protocol.CountsMessages):
		r.add(fact{subject: q.Data, value: strconv.FormatUint(q.Number, 10), number: q.Number, grows: true, other: NewMail})
	case row.Does(protocol.CountsRecent):
		r.add(fact{subject: q.Data, value: strconv.FormatUint(q.Number, 10), other: NewMail})
	case row.Does(protocol.Removes):
		r.removed = q.Data
		r.expunged = append(r.expunged, strconv.FormatUint(q.Number, 10))
	case row.Does(protocol.Found):
		r.search(n, q, raw)
	case row.Does(protocol.DefinesFlags):
		value, shown := set(syntax.ReadFlags(n, raw))
		r.add(fact{subject: q.Data, value: value, shown: shown, recent: true})
	case row.Does(protocol.Names) && len(row.Args) == 1: // a name, and no attributes with it
		_, shown := r.args(q.Args, raw)
		r.names[q.Data] = append(r.names[q.Data], shown)
	case row.Does(protocol.Offers):
		_, shown := r.args(q.Args, raw)
		value, shown := set(strings.Fields(shown))
		r.add(fact{subject: q.Data, value: value, shown: shown})
	default:
		value, shown := r.args(q.Args, raw)
		if q.Number > 0 {
			value = fmt.Sprint(q.Number, " ", value)
		}
		r.others[q.Data]++
		path := q.Data
		if k := r.others[q.Data]; k > 1 {
			path = fmt.Sprintf("%s (%d)", q.Data, k)
		}
		numbers := assigned(n)
		if len(numbers) > 0 {
			value = r.apart(q.Args, numbers, raw)
		}
		r.add(fact{subject: q.Data, path: path, value: value, shown: strings.TrimSpace(q.Data + " " + shown)})
		if len(numbers) > 0 {
			value, _ := r.args(numbers, raw)
			r.add(fact{subject: q.Data, path: path + " numbers", value: value, other: Number, missing: Number})
		}
	}
}

// assigned returns the values in data that the server assigned: its roles say so.
func assigned(n *syntax.Node) []*syntax.Node {
	var out []*syntax.Node
	for k := range n.Leaves() {
		switch k.Role {
		case protocol.RoleUID, protocol.RoleUIDValidity, protocol.RoleUIDNext, protocol.RoleModSeq:
			out = append(out, k)
		}
	}
	return out
}

// apart returns data without the values that the server assigned.
func (r *reader) apart(args, numbers []*syntax.Node, raw []byte) string {
	rest := bytes.Clone(raw)
	for _, n := range numbers {
		for i := n.Span.Start; i < n.Span.End; i++ {
			rest[i] = ' '
		}
	}
	value, _ := r.args(args, rest)
	return strings.Join(strings.Fields(value), " ")
}

func (r *reader) search(n *syntax.Node, q syntax.Response, raw []byte) {
	numbers, ok := syntax.ReadSearch(n, raw)
	if !ok {
		value, shown := r.args(q.Args, raw)
		r.add(fact{subject: q.Data, value: value, shown: shown})
		return
	}
	slices.Sort(numbers)
	words := make([]string, len(numbers))
	for i, x := range numbers {
		words[i] = strconv.FormatUint(x, 10)
	}
	words = slices.Compact(words)
	value := strings.Join(words, " ")
	f := fact{subject: q.Data, value: value}
	if value == "" {
		f.shown = "no message"
	}
	if !r.uid || value == "" {
		r.add(f)
		return
	}
	f.value = strconv.Itoa(len(words)) // of them; what they are called is up to the server
	r.add(f)
	r.add(fact{subject: q.Data, path: q.Data + " numbers", value: value, other: Number, missing: Number})
}

// fetch adds the properties of one message.
func (r *reader) fetch(d syntax.FetchData, raw []byte) {
	subject := fmt.Sprintf("message %d", d.Number)
	if len(d.Items) == 0 {
		r.add(fact{subject: subject, value: "nothing"})
	}
	for _, it := range d.Items {
		path := subject + " " + it.Name
		if it.Value == nil {
			r.add(fact{subject: subject, path: path, value: "missing"})
			continue
		}
		row := protocol.Lookup(protocol.Property, it.Name)
		shows := protocol.ShowsOf(it.Name)
		switch {
		case shows&protocol.ShowsFlags != 0:
			value, shown := set(syntax.ReadFlags(it.Value, raw))
			if value == "" {
				shown = "no flags"
			}
			r.add(fact{subject: subject, path: path, value: value, shown: shown, recent: true})
		case shows&protocol.ShowsInternalDate != 0:
			value, shown := norm(it.Value, raw)
			broken := len(slices.Collect(it.Value.Errors())) > 0
			r.add(fact{subject: subject, path: path, value: value, shown: shown, other: Date, broken: broken})
		case variesOf(row) == protocol.Assigned:
			value, shown := norm(it.Value, raw)
			r.add(fact{subject: subject, path: path, value: value, shown: shown, other: Number})
		case shows&protocol.ShowsEnvelope != 0:
			if e, ok := syntax.ReadEnvelope(it.Value, raw); ok {
				r.envelope(subject, path, e, it.Value)
				continue
			}
			fallthrough
		default:
			value, shown := norm(it.Value, raw)
			r.add(fact{subject: subject, path: path, value: value, shown: shown})
		}
	}
}

// envelope adds an envelope, which is compared field by field (RFC 1176, "Responses", p. 19).
func (r *reader) envelope(subject, path string, e syntax.Envelope, n *syntax.Node) {
	fields := 0
	for i := range n.Kids {
		switch n.Kids[i].Kind {
		case syntax.KindSP, syntax.KindOpen, syntax.KindClose:
		default:
			fields++
		}
	}
	add := func(name, value string) {
		r.add(fact{subject: subject, path: path + " " + name, value: value})
	}
	if fields != 10 {
		add("number of fields", strconv.Itoa(fields))
	}
	text := func(field protocol.Role, s syntax.NString) {
		if !s.Valid {
			add(field.String(), protocol.NIL)
			return
		}
		add(field.String(), strconv.Quote(s.Value))
	}
	list := func(field protocol.Role, as []syntax.Address) {
		if as == nil {
			add(field.String(), protocol.NIL)
			return
		}
		words := make([]string, len(as))
		for i, a := range as {
			words[i] = a.String()
		}
		add(field.String(), strings.Join(words, ", "))
	}
	text(protocol.RoleDate, e.Date)
	text(protocol.RoleSubject, e.Subject)
	list(protocol.RoleFrom, e.From)
	list(protocol.RoleSender, e.Sender)
	list(protocol.RoleReplyTo, e.ReplyTo)
	list(protocol.RoleTo, e.To)
	list(protocol.RoleCc, e.Cc)
	list(protocol.RoleBcc, e.Bcc)
	text(protocol.RoleInReplyTo, e.InReplyTo)
	text(protocol.RoleMessageID, e.MessageID)
}

// statuses are the statuses that are counted, in the order in which they are compared.
var statuses = [...]*protocol.Row{
	protocol.That(protocol.Response, protocol.Succeeds),
	protocol.That(protocol.Response, protocol.Refuses),
	protocol.That(protocol.Response, protocol.Rejects),
	protocol.That(protocol.Response, protocol.SaysBye),
	protocol.That(protocol.Response, protocol.PreAuthenticates),
}

// sums adds the facts that are known only at the end.
func (r *reader) sums() {
	if len(r.expunged) > 0 {
		r.add(fact{subject: r.removed, value: strings.Join(r.expunged, " ")})
	}
	for _, data := range slices.Sorted(maps.Keys(r.names)) {
		names := r.names[data]
		slices.Sort(names)
		r.add(fact{subject: data, value: strings.Join(slices.Compact(names), " ")})
	}
	for _, row := range statuses {
		n := r.statuses[row.Name]
		if n == 0 {
			continue
		}
		v := Text // remarks come and go
		if row.Does(protocol.SaysBye) || row.Does(protocol.PreAuthenticates) {
			v = Real
		}
		r.add(fact{subject: row.Name, value: strconv.Itoa(n), shown: fmt.Sprint(n, " times"), other: v, missing: v})
	}
	if r.ready > 0 {
		r.add(fact{subject: "ready", value: strconv.Itoa(r.ready)})
	}
	r.order = strings.Join(slices.Compact(r.kinds), " ")
}
