package diff

import (
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
	expunged []uint64            // their numbers, in the order of the reports
	exists   count               // the last one reported
	names    map[string][]string // of MAILBOX and BBOARD
	statuses map[string]int      // untagged ones without a code
	ready    int
	uid      bool // the command's numbers are unique identifiers
	tag      string
	tls      bool // see Options.TLS
	moves    bool // the command moves messages
	row      *protocol.Row
	tree     *syntax.Node   // of the request
	raw      []byte         // of the request
	number   uint64         // the message that is described
	shows    protocol.Shows // the property of it
	status   string         // of the tagged response
	figures  []figure
	dialect  protocol.Dialect // of the conversation, if it is known
	lost     uint64           // messages that are gone, by unique identifier
	vanished syntax.Sequence  // them
	lostAs   string           // what reports it
	unread   bool             // see Options.Unread
	together bool             // see Options.Together
}

// add adds a fact: about the message that is being described, if one is.
func (r *reader) add(f fact) {
	if f.path == "" {
		f.path = f.subject
	}
	if r.number > 0 {
		f.message, f.property, f.shows = r.number, strings.TrimPrefix(f.path, f.subject+" "), r.shows
	}
	r.facts.add(f)
}

// subjectOf returns the subject of what is about a message.
func subjectOf(number uint64) string { return fmt.Sprintf("message %d", number) }

func read(ex *Exchange, o Options, dialect protocol.Dialect) *reader {
	r := &reader{
		tls:      o.TLS,
		dialect:  dialect,
		unread:   o.Unread,
		together: o.Together,
		facts:    facts{byPath: make(map[string]*fact), subjects: make(map[string]int)},
		names:    make(map[string][]string),
		statuses: make(map[string]int),
	}
	if ex.Transaction != nil && ex.Outcome == decode.Abandoned {
		r.add(fact{subject: "status", value: "abandoned", shown: "no response"})
	}
	if ex.Transaction != nil {
		r.uid, r.tag, r.row = ex.Row != nil && ex.Row.UID, ex.Tag, ex.Row
		r.moves = ex.Row.Does(protocol.Moves)
	}
	for _, m := range ex.Messages {
		r.message(m)
	}
	r.sums()
	return r
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
		r.untagged(m)
	}
}

// request adds the request, which is compared without its tag.
func (r *reader) request(m *decode.Message) {
	r.tree, r.raw = syntax.ParseRequest(&m.Message), m.Raw
	value, shown := requestOf(r.tree, m.Raw)
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
	r.status = status
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
	row := protocol.Lookup(protocol.Code, c.Name)
	if asked := r.row != nil && r.row.Name == c.Name; row.Does(protocol.Offers) && subject != "greeting" && !asked {
		// The same as in data (RFC 3501, 7.2.1, p. 69): servers send the one or the other.
		r.data(row, syntax.Response{Data: c.Name, Args: c.Args}, q.Code, m.Raw)
		return
	}
	varies := variesOf(row)
	v, missing := Real, Real
	switch {
	case row == nil: // clients ignore what they do not know (RFC 3501, 7.1, p. 65)
		missing = Optional
	case varies == protocol.Assigned && (r.uid || !row.Does(protocol.GivesModified)): // but not whether it is there
		v = Number
	case varies == protocol.WithMail:
		missing = NewMail
	case row.Does(protocol.Offers), row.Optional && !row.ReadOnly:
		missing = Optional
	}
	if row.Does(protocol.GivesCopied) && r.moves { // with the tag, or before the messages go (RFC 6851, 4.3)
		subject = "status"
	}
	values, shown := r.args(c.Args, m.Raw)
	offers := false
	if varies == protocol.Unordered {
		values, _ = set(r.offered(strings.Fields(values)))
		offers = row.Does(protocol.Offers)
	}
	for n := range q.Code.Leaves() {
		if v, ok := n.Number(m.Raw); ok {
			r.figure(figure{effect: effectOf(row), value: v})
			break
		}
	}
	path := subject + " [" + c.Name + "]"
	r.add(fact{
		subject: subject, path: path, value: values, shown: strings.TrimSpace(c.Name + " " + shown),
		other: v, missing: missing, offers: offers,
	})
	if sizes := sizes(c.Args, m.Raw); sizes != "" {
		r.add(fact{subject: subject, path: path + " count", value: sizes, missing: Number})
	}
}

// sizes returns how many messages there are in each set of some values.
func sizes(args []*syntax.Node, raw []byte) string {
	var words []string
	for _, a := range args {
		if a.Role == protocol.RoleUID || a.Role == protocol.RoleMessageSet {
			words = append(words, strconv.FormatUint(size(syntax.ReadSequence(a, raw)), 10))
		}
	}
	return strings.Join(words, " ")
}

// size returns how many numbers there are in a set that has each once.
func size(s syntax.Sequence) uint64 {
	n := uint64(0)
	for _, r := range s {
		low, high := r.Bounds()
		n += uint64(high) - uint64(low) + 1
	}
	return n
}

func effectOf(row *protocol.Row) protocol.Effect {
	if row == nil {
		return protocol.NoEffect
	}
	return row.Effect
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
	if len(r.order) < maxFacts {
		r.order = append(r.order, strings.TrimSpace(strings.TrimPrefix(fmt.Sprint(m.Number), "0")+" "+m.Word))
	}
	if d, ok := syntax.ReadFetch(n, m.Raw); ok {
		r.fetch(d, m.Raw)
		if m.Row != nil && m.Row.GoneIn(protocol.IMAP4) { // RFC 1176, "Responses": message data, p. 18
			subject := subjectOf(r.original(d.Number))
			r.add(fact{subject: subject, path: subject + " form", value: m.Row.Name, shown: m.Row.Name + ", the obsolete form", missing: r.obsolete()})
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
		r.exists = count{q.Data, q.Number, len(r.expunged), r.lost}
		r.add(fact{subject: q.Data, last: true}) // its place; what it says is known at the end
	case row.Does(protocol.CountsRecent):
		f := fact{subject: q.Data, value: strconv.FormatUint(q.Number, 10), other: NewMail, missing: NewMail, last: true}
		if r.row.Does(protocol.Selects) {
			f.missing = Real // "the server must send" it (RFC 1176, SELECT, p. 11)
		}
		r.add(f)
	case row.Does(protocol.Removes):
		r.removed = q.Data
		r.expunged = append(r.expunged, q.Number)
	case row.Does(protocol.Found):
		r.search(n, q, raw)
	case row.Does(protocol.DefinesFlags):
		value, shown := set(syntax.ReadFlags(n, raw))
		r.add(fact{subject: q.Data, value: value, shown: shown, recent: true})
	case row.Does(protocol.Names) && len(row.Args) == 1: // a name, and no attributes with it
		_, shown := r.args(q.Args, raw)
		r.names[q.Data] = append(r.names[q.Data], shown)
	case row.Does(protocol.Offers), row.Does(protocol.Enabled):
		_, shown := r.args(q.Args, raw)
		value, shown := set(r.offered(strings.Fields(shown)))
		f := fact{subject: q.Data, value: value, shown: shown, offers: row.Does(protocol.Offers)}
		if !r.claims(q.Data) {
			f.missing = Optional
		}
		r.add(f)
	case row.Does(protocol.Introduces): // for people: no one may rely on it (RFC 2971, 1, p. 2)
		value, shown := r.args(q.Args, raw)
		r.add(fact{subject: q.Data, value: "one"})
		r.add(fact{subject: q.Data, path: q.Data + " greeting", value: value, shown: shown, other: Greeting, missing: Greeting})
	default:
		r.other(row, q, n, raw)
	}
}

func (r *reader) search(n *syntax.Node, q syntax.Response, raw []byte) {
	for _, it := range itemsOf(n) { // the mod-sequence of what was found
		r.item(q.Data, it, raw)
	}
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

// statuses are the statuses that are counted, in the order in which they are compared.
var statuses = [...]*protocol.Row{
	protocol.That(protocol.Response, protocol.Succeeds),
	protocol.That(protocol.Response, protocol.Refuses),
	protocol.That(protocol.Response, protocol.Rejects),
	protocol.That(protocol.Response, protocol.SaysBye),
	protocol.That(protocol.Response, protocol.PreAuthenticates),
}

// claims reports whether untagged data of a name is the answer to the command.
func (r *reader) claims(data string) bool {
	return r.row != nil && slices.ContainsFunc(r.row.Claims, func(c protocol.Claim) bool { return c.Data == data })
}

// obsolete returns what it is that data have an obsolete form: in IMAP2, where it is equivalent, no
// real difference (RFC 1176, "Responses": STORE, p. 18).
func (r *reader) obsolete() Variation {
	if r.dialect != protocol.UnknownDialect && r.dialect < protocol.IMAP4 {
		return Optional
	}
	return Real
}

// sums adds the facts that are known only at the end.
func (r *reader) sums() {
	r.counted()
	r.gone()
	if r.lost > 0 {
		r.add(fact{subject: r.lostAs, path: r.lostAs + " count", value: strconv.FormatUint(r.lost, 10)})
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
		v := Real
		if row.Does(protocol.Succeeds) {
			v = Text // remarks come and go; warnings and errors do not, although neither is about the request
		}
		f := fact{subject: row.Name, value: strconv.Itoa(n), shown: fmt.Sprint(n, " times"), other: v, missing: v}
		if row.Does(protocol.SaysBye) {
			f.other = Text // the connection ends once
		}
		r.add(f)
	}
	if r.ready > 0 {
		r.add(fact{subject: "ready", value: strconv.Itoa(r.ready)})
	}
}
