package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// reader takes the messages of one exchange apart.
type reader struct {
	facts
	parser   syntax.Parser
	expunged []string
	names    map[string][]string // of MAILBOX and BBOARD
	others   map[string]int      // lines of other kinds
	statuses map[string]int      // untagged ones without a code
	ready    int
	kinds    []string
}

func factsOf(x *Exchange) *facts {
	r := &reader{
		facts:    facts{byPath: make(map[string]*fact), subjects: make(map[string]int)},
		names:    make(map[string][]string),
		others:   make(map[string]int),
		statuses: make(map[string]int),
	}
	if x.Transaction != nil && x.Outcome == decode.Abandoned {
		r.add(fact{subject: "status", value: "abandoned", shown: "no response"})
	}
	for _, m := range x.Messages {
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
		// What a client adds within a command (SASL, DONE) is the client's affair.
	case decode.Ready:
		r.ready++
	case decode.Tagged:
		r.tagged(m)
	case decode.Greeting:
		r.greeting(m)
	case decode.Junk:
		if m.Dir == capture.ClientToServer {
			return // a blank line is no request
		}
		r.add(fact{subject: "junk", value: string(m.Raw)})
	default:
		r.kinds = append(r.kinds, m.Word)
		r.untagged(m)
	}
}

// request is compared without its tag.
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

// Request is what a request asks, however it is written and whatever its tag: two with
// the same are the same by meaning. It may hold a secret, and is not for people.
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

// code is a fact of its own: [READ-ONLY] changes what follows.
func (r *reader) code(subject string, q syntax.Response, m *decode.Message) {
	if q.Code == nil {
		return
	}
	c := syntax.ReadCode(q.Code, m.Raw)
	v := Real
	switch c.Name {
	case "UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ", "APPENDUID", "COPYUID", "MODIFIED":
		v = Number
	case "UNSEEN":
		v = NewMail
	}
	values, shown := r.args(c.Args, m.Raw)
	if c.Name == "CAPABILITY" || c.Name == "PERMANENTFLAGS" {
		values, _ = set(strings.Fields(values))
	}
	r.add(fact{subject: subject, path: subject + " [" + c.Name + "]", value: values, shown: strings.TrimSpace(c.Name + " " + shown), other: v, missing: v})
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
		if m.Word == "STORE" { // RFC 1176, "Responses": message data, p. 18
			subject := fmt.Sprintf("message %d", d.Number)
			r.add(fact{subject: subject, path: subject + " form", value: "STORE", shown: "STORE, the obsolete form"})
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
	switch q.Data {
	case "EXISTS":
		r.add(fact{subject: "EXISTS", value: strconv.FormatUint(q.Number, 10), number: q.Number, grows: true, other: NewMail})
	case "RECENT":
		r.add(fact{subject: "RECENT", value: strconv.FormatUint(q.Number, 10), other: NewMail})
	case "EXPUNGE":
		r.expunged = append(r.expunged, strconv.FormatUint(q.Number, 10))
	case "SEARCH":
		r.search(n, q, m.Raw)
	case "FLAGS":
		value, shown := set(syntax.ReadFlags(n, m.Raw))
		r.add(fact{subject: "FLAGS", value: value, shown: shown, recent: true})
	case "MAILBOX", "BBOARD":
		_, shown := r.args(q.Args, m.Raw)
		r.names[q.Data] = append(r.names[q.Data], shown)
	case "CAPABILITY":
		_, shown := r.args(q.Args, m.Raw)
		value, shown := set(strings.Fields(shown))
		r.add(fact{subject: "CAPABILITY", value: value, shown: shown})
	default:
		value, shown := r.args(q.Args, m.Raw)
		if q.Number > 0 {
			value = fmt.Sprint(q.Number, " ", value)
		}
		r.others[q.Data]++
		path := q.Data
		if k := r.others[q.Data]; k > 1 {
			path = fmt.Sprintf("%s (%d)", q.Data, k)
		}
		r.add(fact{subject: q.Data, path: path, value: value, shown: strings.TrimSpace(q.Data + " " + shown)})
	}
}

func (r *reader) search(n *syntax.Node, q syntax.Response, raw []byte) {
	numbers, ok := syntax.ReadSearch(n, raw)
	if !ok {
		value, shown := r.args(q.Args, raw)
		r.add(fact{subject: "SEARCH", value: value, shown: shown})
		return
	}
	slices.Sort(numbers)
	words := make([]string, len(numbers))
	for i, x := range numbers {
		words[i] = strconv.FormatUint(x, 10)
	}
	value := strings.Join(slices.Compact(words), " ")
	f := fact{subject: "SEARCH", value: value}
	if value == "" {
		f.shown = "no message"
	}
	r.add(f)
}

// fetch is what is said about one message.
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
		switch it.Name {
		case "FLAGS":
			value, shown := set(syntax.ReadFlags(it.Value, raw))
			if value == "" {
				shown = "no flags"
			}
			r.add(fact{subject: subject, path: path, value: value, shown: shown, recent: true})
		case "INTERNALDATE":
			value, shown := norm(it.Value, raw)
			broken := len(slices.Collect(it.Value.Errors())) > 0
			r.add(fact{subject: subject, path: path, value: value, shown: shown, other: Date, broken: broken})
		case "UID", "MODSEQ":
			value, shown := norm(it.Value, raw)
			r.add(fact{subject: subject, path: path, value: value, shown: shown, other: Number})
		case "ENVELOPE":
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

// envelope is compared field by field (RFC 1176, "Responses", p. 19).
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
	text := func(name string, s syntax.NString) {
		if !s.Valid {
			add(name, "NIL")
			return
		}
		add(name, strconv.Quote(s.Value))
	}
	list := func(name string, as []syntax.Address) {
		if as == nil {
			add(name, "NIL")
			return
		}
		words := make([]string, len(as))
		for i, a := range as {
			words[i] = a.String()
		}
		add(name, strings.Join(words, ", "))
	}
	text("date", e.Date)
	text("subject", e.Subject)
	list("from", e.From)
	list("sender", e.Sender)
	list("reply-to", e.ReplyTo)
	list("to", e.To)
	list("cc", e.Cc)
	list("bcc", e.Bcc)
	text("in-reply-to", e.InReplyTo)
	text("message-id", e.MessageID)
}

// sums adds what is known only at the end.
func (r *reader) sums() {
	if len(r.expunged) > 0 {
		r.add(fact{subject: "EXPUNGE", value: strings.Join(r.expunged, " ")})
	}
	for _, data := range []string{"MAILBOX", "BBOARD"} {
		if names := r.names[data]; names != nil {
			slices.Sort(names)
			r.add(fact{subject: data, value: strings.Join(slices.Compact(names), " ")})
		}
	}
	for _, s := range []string{"OK", "NO", "BAD", "BYE", "PREAUTH"} {
		n := r.statuses[s]
		if n == 0 {
			continue
		}
		v := Text // remarks come and go
		if s == "BYE" || s == "PREAUTH" {
			v = Real
		}
		r.add(fact{subject: s, value: strconv.Itoa(n), shown: fmt.Sprint(n, " times"), other: v, missing: v})
	}
	if r.ready > 0 {
		r.add(fact{subject: "ready", value: strconv.Itoa(r.ready)})
	}
	r.order = strings.Join(slices.Compact(r.kinds), " ")
}
