package print

import (
	"bytes"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/session"
	"imapscope/ui/view"
)

// JSON writes one object per line. `imapscope help jsonl` is its schema: fields are added,
// never renamed or removed.
type JSON struct {
	enc  *json.Encoder
	opts view.Options
}

// NewJSON returns a Printer that writes JSON lines to w.
func NewJSON(w io.Writer, o view.Options) *JSON {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &JSON{enc: enc, opts: o}
}

// NewFileJSON returns a Printer like that of NewJSON, for the lines of several captures in one
// file: each has the field file at its end, the capture.
func NewFileJSON(w io.Writer, o view.Options, file string) *JSON {
	return NewJSON(&ofFile{to: w, end: append(appendQuoted([]byte(`,"file":`), file), "}\n"...)}, o)
}

// ofFile adds a field to objects. Each is one call of Write, as an Encoder does.
type ofFile struct {
	to   io.Writer
	end  []byte
	line []byte
}

func (f *ofFile) Write(b []byte) (int, error) {
	f.line = append(append(f.line[:0], bytes.TrimSuffix(b, []byte("}\n"))...), f.end...)
	if _, err := f.to.Write(f.line); err != nil {
		return 0, err
	}
	return len(b), nil
}

// quoted is a JSON string that is inert on a terminal: besides what JSON requires to be
// escaped, C1 controls and everything else that view.Inert escapes are written as \uXXXX.
// A byte that is not UTF-8 becomes U+FFFD.
type quoted string

func (s quoted) MarshalJSON() ([]byte, error) {
	return appendQuoted(make([]byte, 0, len(s)+2), string(s)), nil
}

// appendQuoted appends a text in the form of a quoted.
func appendQuoted[T string | []byte](out []byte, s T) []byte {
	out = append(out, '"')
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		}
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case view.IsPlain(r) && r != utf8.RuneError:
			out = append(out, s[i:i+n]...)
		default:
			out = appendEscape(out, r)
		}
		i += n
	}
	return append(out, '"')
}

func appendEscape(out []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	unit := func(u rune) {
		out = append(out, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	if r < 0x10000 {
		unit(r)
		return out
	}
	r -= 0x10000
	unit(0xd800 + r>>10)
	unit(0xdc00 + r&0x3ff)
	return out
}

// stamp is a time in RFC 3339, UTC, always with nanoseconds; null if zero.
type stamp time.Time

func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000000000Z07:00"`), nil
}

// counts is a JSON object that maps kinds to numbers, in the order in which the kinds first
// came.
type counts []decode.Count

func (c counts) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, k := range c {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := quoted(k.Kind).MarshalJSON()
		out = append(append(out, name...), ':')
		n, _ := json.Marshal(k.N)
		out = append(out, n...)
	}
	return append(out, '}'), nil
}

// sides is a number for each direction.
type sides struct {
	Client int64 `json:"client"`
	Server int64 `json:"server"`
}

func bySide(n [2]int64) sides {
	return sides{n[capture.ClientToServer], n[capture.ServerToClient]}
}

// proxied is which leg of a proxy something is on, and what the proxy did to it. What is not so is
// left out.
type proxied struct {
	Leg    string   `json:"leg,omitempty"`
	Faults []quoted `json:"faults,omitempty"`
	Held   bool     `json:"held,omitempty"`
	Edited bool     `json:"edited,omitempty"`
}

func (j *JSON) proxied(leg capture.Leg, a *decode.Acts, known *session.Words) proxied {
	p := proxied{Leg: leg.String()}
	if a != nil {
		p.Held, p.Edited = a.Held, a.Edited
		for _, f := range a.Faults {
			p.Faults = append(p.Faults, quoted(j.opts.Hide(known, f)))
		}
	}
	return p
}

// Connection writes a connection line.
func (j *JSON) Connection(c capture.Conn) error {
	return j.enc.Encode(struct {
		Type      string         `json:"type"`
		Conn      capture.ConnID `json:"conn"`
		Client    string         `json:"client"`
		Server    string         `json:"server"`
		Start     stamp          `json:"start"`
		MidStream bool           `json:"midstream"`
		Origin    quoted         `json:"origin"`
	}{"connection", c.ID, c.Client.String(), c.Server.String(), stamp(c.Start), c.MidStream, quoted(c.Origin)})
}

// Greeting writes a greeting line.
func (j *JSON) Greeting(id capture.ConnID, m *decode.Message) error {
	return j.enc.Encode(struct {
		Type   string         `json:"type"`
		Conn   capture.ConnID `json:"conn"`
		Time   stamp          `json:"time"`
		Status quoted         `json:"status"`
		Text   quoted         `json:"text"`
		proxied
	}{"greeting", id, stamp(m.Time), quoted(m.Word), quoted(m.Text), j.proxied(m.Leg, m.Acts, m.Known)})
}

type literal struct {
	From   string `json:"from"`
	Octets int64  `json:"octets"`
	State  string `json:"state"`
	Waited *bool  `json:"waited,omitempty"`
}

// decoded is a text of a message as it was sent, and decoded.
type decoded struct {
	Role  string `json:"role,omitempty"`
	Raw   quoted `json:"raw"`
	Text  quoted `json:"text,omitempty"`
	Wrong string `json:"wrong,omitempty"`
}

func decodedTexts(texts []view.DecodedText) []decoded {
	var out []decoded
	for _, d := range texts {
		out = append(out, decoded{d.Role, quoted(d.Raw), quoted(d.Text), d.Wrong})
	}
	return out
}

// local returns a time in the zone that was asked for; empty if none was.
func (j *JSON) local(t time.Time) string {
	if j.opts.Zone == nil || t.IsZero() {
		return ""
	}
	return t.In(j.opts.Zone).Format("2006-01-02T15:04:05.000000000-07:00")
}

// Transaction writes a transaction line.
func (j *JSON) Transaction(id capture.ConnID, t *decode.Transaction) error {
	var ms *float64
	if d, ok := t.Elapsed(); ok {
		v := float64(d) / float64(time.Millisecond)
		ms = &v
	}
	lits := make([]literal, len(t.Literals))
	for i := range t.Literals {
		l := &t.Literals[i]
		lits[i] = literal{From: l.From.String(), Octets: l.Octets, State: l.State.String()}
		if l.From == capture.ClientToServer {
			lits[i].Waited = &l.Waited
		}
	}
	return j.enc.Encode(struct {
		Type        string         `json:"type"`
		Conn        capture.ConnID `json:"conn"`
		N           int            `json:"n"`
		Tag         quoted         `json:"tag"`
		Command     quoted         `json:"command"`
		Request     quoted         `json:"request"`
		Mailbox     quoted         `json:"mailbox,omitempty"`
		Status      quoted         `json:"status"`
		Text        quoted         `json:"text"`
		Time        stamp          `json:"time"`
		End         stamp          `json:"end"`
		Ms          *float64       `json:"ms"`
		Outcome     string         `json:"outcome"`
		Unsolicited counts         `json:"unsolicited"`
		Ready       int            `json:"ready"`
		Ambiguous   int            `json:"ambiguous"`
		Literals    []literal      `json:"literals"`
		MoreLits    int            `json:"more_literals,omitempty"`
		Octets      sides          `json:"octets"`
		Lost        int64          `json:"lost"`
		SASL        *saslJSON      `json:"sasl,omitempty"`
		Decoded     []decoded      `json:"decoded,omitempty"`
		LocalTime   string         `json:"local_time,omitempty"`
		proxied
	}{
		"transaction", id, t.N, quoted(j.opts.Tag(t)), quoted(t.Command), quoted(j.opts.Request(t)),
		quoted(j.opts.Hide(t.Known, t.Mailbox)), quoted(t.Status), quoted(j.opts.Text(t)), stamp(t.Time), stamp(t.End), ms, t.Outcome.String(),
		counts(t.Data), t.Ready, t.Ambiguous, lits, t.MoreLits, bySide(t.Octets), t.Lost, saslOf(t.SASL),
		decodedTexts(j.opts.DecodedIn(t)), j.local(t.Time), j.proxied(t.Leg, t.Acts, t.Known),
	})
}

// Unsolicited writes a line for a response outside any command.
func (j *JSON) Unsolicited(id capture.ConnID, m *decode.Message) error {
	return j.enc.Encode(struct {
		Type   string         `json:"type"`
		Conn   capture.ConnID `json:"conn"`
		Time   stamp          `json:"time"`
		Kind   quoted         `json:"kind"`
		Number uint32         `json:"number,omitempty"`
		Text   quoted         `json:"text"`
		Octets int64          `json:"octets"`

		Decoded   []decoded `json:"decoded,omitempty"`
		LocalTime string    `json:"local_time,omitempty"`
		proxied
	}{"unsolicited", id, stamp(m.Time), quoted(m.Word), m.Number, quoted(j.opts.Response(m)), m.Len,
		decodedTexts(j.opts.DecodedOf(m)), j.local(m.Time), j.proxied(m.Leg, m.Acts, m.Known)})
}

// Junk writes a line for a line that is no message.
func (j *JSON) Junk(id capture.ConnID, m *decode.Message) error {
	return j.enc.Encode(struct {
		Type   string         `json:"type"`
		Conn   capture.ConnID `json:"conn"`
		Time   stamp          `json:"time"`
		From   string         `json:"from"`
		Text   quoted         `json:"text"`
		Octets int64          `json:"octets"`
	}{"junk", id, stamp(m.Time), m.Dir.String(), quoted(j.opts.Response(m)), m.Len})
}

// Resync writes a line where framing was lost and found again.
func (j *JSON) Resync(id capture.ConnID, r *decode.Resync) error {
	return j.enc.Encode(struct {
		Type    string         `json:"type"`
		Conn    capture.ConnID `json:"conn"`
		Time    stamp          `json:"time"`
		From    string         `json:"from"`
		Offset  int64          `json:"offset"`
		Skipped int64          `json:"skipped"`
	}{"resync", id, stamp(r.Time), r.Dir.String(), r.Off, r.Skipped})
}

// Layer writes an upgrade, tls or dark line.
func (j *JSON) Layer(id capture.ConnID, e decode.Event) error {
	switch e := e.(type) {
	case *decode.Upgrade:
		return j.enc.Encode(struct {
			Type   string         `json:"type"`
			Conn   capture.ConnID `json:"conn"`
			Time   stamp          `json:"time"`
			To     string         `json:"to"`
			From   string         `json:"from"`
			Offset int64          `json:"offset"`
		}{"upgrade", id, stamp(e.Time), e.To.String(), e.Dir.String(), e.Off})
	case *decode.Secured:
		return j.enc.Encode(tlsJSON{"tls", id, stamp(e.Time), quoted(e.Facts.Version), quoted(e.Facts.Suite), quoted(e.Facts.SNI),
			quoted(e.Facts.ALPN), allQuoted(e.Facts.Names), e.Facts.Resumed, e.Facts.Early, quoted(e.Facts.Alert), e.Facts.Opened})
	case *decode.Dark:
		return j.enc.Encode(struct {
			Type string         `json:"type"`
			Conn capture.ConnID `json:"conn"`
			Time stamp          `json:"time"`
			Of   string         `json:"of"`
			Why  string         `json:"why"`
		}{"dark", id, stamp(e.Time), e.Of.String(), string(e.Why)})
	}
	return nil
}

// tlsJSON is a tls line.
type tlsJSON struct {
	Type    string         `json:"type"`
	Conn    capture.ConnID `json:"conn"`
	Time    stamp          `json:"time"`
	Version quoted         `json:"version"`
	Suite   quoted         `json:"suite"`
	SNI     quoted         `json:"sni"`
	ALPN    quoted         `json:"alpn"`
	Names   []quoted       `json:"names"`
	Resumed bool           `json:"resumed"`
	Early   bool           `json:"early"`
	Alert   quoted         `json:"alert,omitempty"`
	Opened  bool           `json:"opened"`
}

func allQuoted(list []string) []quoted {
	out := make([]quoted, len(list))
	for i, s := range list {
		out[i] = quoted(s)
	}
	return out
}

// layerJSON is what went through a layer.
type layerJSON struct {
	Layer   string `json:"layer"`
	Octets  sides  `json:"octets"`
	Plain   sides  `json:"plain"`
	Records sides  `json:"records"`
	Faults  int    `json:"faults"`
}

func layersOf(list []decode.LayerCount) []layerJSON {
	var out []layerJSON
	for _, x := range list {
		records := [2]int64{int64(x.Records[0]), int64(x.Records[1])}
		out = append(out, layerJSON{x.Of.String(), bySide(x.In), bySide(x.Out), bySide(records), x.Faults})
	}
	return out
}

// Note writes a line for a note by the source of the capture, such as a proxy.
func (j *JSON) Note(id capture.ConnID, t time.Time, text string) error {
	return j.enc.Encode(struct {
		Type string         `json:"type"`
		Conn capture.ConnID `json:"conn"`
		Time stamp          `json:"time"`
		Text quoted         `json:"text"`
	}{"note", id, stamp(t), quoted(text)})
}

// Close writes a close line.
func (j *JSON) Close(id capture.ConnID, c *decode.Closed) error {
	return j.enc.Encode(struct {
		Type        string         `json:"type"`
		Conn        capture.ConnID `json:"conn"`
		Time        stamp          `json:"time"`
		Reason      string         `json:"reason"`
		First       string         `json:"first,omitempty"`
		Octets      sides          `json:"octets"`
		Lost        sides          `json:"lost"`
		Requests    int            `json:"requests"`
		Responses   int            `json:"responses"`
		Unsolicited int            `json:"unsolicited"`
		Ready       int            `json:"ready"`
		Orphans     int            `json:"orphans"`
		Abandoned   int            `json:"abandoned"`
		Junk        int            `json:"junk"`
		Dialect     string         `json:"dialect"`
		Layers      []layerJSON    `json:"layers,omitempty"`
	}{
		"close", id, stamp(c.Time), view.Reason(c), c.First.Side.String(), bySide(c.Octets), bySide(c.Lost),
		c.Requests, c.Responses, c.Unsolicited, c.Ready, c.Orphans, c.Abandoned, c.Junk, c.Dialect.String(),
		layersOf(c.Layers),
	})
}

// Message implements Printer. Single messages have no lines.
func (j *JSON) Message(capture.ConnID, *decode.Message) {}

// Drop implements Printer.
func (j *JSON) Drop(capture.ConnID, *decode.Transaction) {}
