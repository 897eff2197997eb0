package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

//go:embed page
var files embed.FS

// head is the data of the page's part before the connections.
type head struct {
	*Page
	Title, Source, Made string
	Hidden              bool
	CSP                 string
	Style               template.CSS
	Early               template.JS
	Conns               []*conn
	Exchanges           int
	Beyond, Bare        int
	Silent, More        int // connections without anything to show, and beyond MaxConns
	Begin, End          string
}

// tail is the data of the part after them.
type tail struct {
	Made     string
	Findings []*finding
	Unlisted int
	Kinds    []kind
	Script   template.JS
}

// kind is the vocabulary of one kind.
type kind struct {
	Name  string
	Terms []*term
}

// step is one step of a ladder.
type step struct {
	Class string // c, s, no, bad, remark, and the gap before it
	Time  string
	Text  string
	Ref   string // the exchange; empty if it is outside any
	Txn   int
}

// Write writes the page. An error is w's.
func (p *Page) Write(to io.Writer) error {
	style, early, script := must("page/page.css"), must("page/early.js"), must("page/page.js")
	t, err := template.New("").Funcs(template.FuncMap{
		"clock": p.clock, "plural": view.Count, "steps": p.ladder, "name": name, "number": p.number,
	}).ParseFS(files, "page/*.html")
	if err != nil {
		return err
	}
	slices.SortStableFunc(p.Findings, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.C.K, b.C.K), cmp.Compare(a.Txn, b.Txn))
	})
	slices.SortFunc(p.conns, func(a, b *conn) int { return cmp.Compare(a.K, b.K) })
	p.place()
	h := head{
		Page: p, Title: p.o.Title, Source: p.o.Source, Made: p.o.Made, Hidden: p.o.Hidden,
		CSP: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s' '%s'; img-src data:; base-uri 'none'; form-action 'none'",
			hash(style), hash(early), hash(script)),
		Style: template.CSS(style), Early: template.JS(early), Conns: p.conns, Exchanges: p.exchanges, Beyond: p.beyond, Bare: p.bare,
		Silent: p.empty, More: p.more,
	}
	h.Begin, h.End = p.when()
	w := bufio.NewWriterSize(to, 64<<10)
	if err := t.ExecuteTemplate(w, "head.html", h); err != nil {
		return err
	}
	for _, c := range p.conns {
		slices.SortStableFunc(c.Exchanges, func(a, b *exchange) int { return cmp.Compare(a.N, b.N) })
		if err := t.ExecuteTemplate(w, "conn.html", c); err != nil {
			return err
		}
		for _, x := range c.Exchanges {
			if err := t.ExecuteTemplate(w, "exchange.html", x); err != nil {
				return err
			}
			if err := data(w, x.ID()+"-data", x.Explained); err != nil {
				return err
			}
		}
		if err := t.ExecuteTemplate(w, "connend.html", c); err != nil {
			return err
		}
	}
	list, err := json.Marshal([]any{p.strings.list, p.senses.list, p.labels.list})
	if err != nil {
		return err
	}
	if err := data(w, "tables", p.packer.pack(list)); err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "tail.html", tail{p.o.Made, p.Findings, p.unlisted, p.vocabulary(), template.JS(script)}); err != nil {
		return err
	}
	return w.Flush()
}

// data writes the data for the script, packed, so no text in it can end the element.
func data(w io.Writer, id, text string) error {
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "<script type=\"application/octet-stream\" id=\"%s\">%s</script>\n", id, text)
	return err
}

func must(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(b)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// place adds findings to their exchanges.
func (p *Page) place() {
	at := make(map[string]*exchange)
	for _, c := range p.conns {
		for _, x := range c.Exchanges {
			at[x.ID()] = x
			x.Findings = nil
		}
	}
	for _, f := range p.Findings {
		if x := at[f.Where()]; x != nil {
			x.Findings = append(x.Findings, f)
		}
	}
}

// when returns the times of the first connection and of the last message.
func (p *Page) when() (string, string) {
	var begin, end time.Time
	for _, c := range p.conns {
		if begin.IsZero() || c.Start.Before(begin) {
			begin = c.Start
		}
		if c.ended.After(end) {
			end = c.ended
		}
	}
	const layout = "2006-01-02 15:04:05 MST"
	if begin.IsZero() {
		return "", ""
	}
	if end.IsZero() {
		end = begin
	}
	return p.o.In(begin).Format(layout), p.o.In(end).Format(layout)
}

// vocabulary returns the terms that are used, by kind, in the order of the RFCs' pages.
func (p *Page) vocabulary() []kind {
	var used []*term
	for _, t := range p.terms.list {
		if t.Count > 0 {
			used = append(used, t)
		}
	}
	slices.SortStableFunc(used, func(a, b *term) int {
		return cmp.Or(cmp.Compare(a.RFC, b.RFC), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Name, b.Name))
	})
	var out []kind
	for _, t := range used {
		i := slices.IndexFunc(out, func(k kind) bool { return k.Name == t.Kind })
		if i < 0 {
			i = len(out)
			out = append(out, kind{Name: t.Kind})
		}
		out[i].Terms = append(out[i].Terms, t)
	}
	return out
}

// number returns an exchange's number as all outputs show it.
func (p *Page) number(c *conn, n int) string { return view.Number(c.ID, n, len(p.conns) > 1) }

// ladder returns the steps of a connection's ladder that are shown, and how many are not.
func (p *Page) ladder(c *conn) (out struct {
	Steps []step
	More  int
}) {
	shown := make(map[int]bool, len(c.Exchanges))
	for _, x := range c.Exchanges {
		shown[x.N] = true
	}
	most := min(MaxSteps, MaxAllSteps-p.steps)
	for i := range c.Ladder.Len() {
		s := c.Ladder.Step(i)
		if s.Txn > 0 && !shown[s.Txn] {
			continue
		}
		if len(out.Steps) >= most {
			out.More++
			continue
		}
		x := step{Class: from(s.Dir), Text: s.Label, Txn: s.Txn}
		if !s.Time.IsZero() {
			x.Time = p.clock(s.Time)
		}
		if s.Remark {
			x.Class = "remark"
		} else if e := protocol.StatusEffect(s.Status); e == protocol.Refuses || e == protocol.Rejects {
			x.Class += " " + class(s.Status)
		}
		if s.Txn > 0 {
			x.Ref = c.id(s.Txn)
		}
		x.Class += gap(c.Ladder.Gap(i))
		out.Steps = append(out.Steps, x)
	}
	out.More += c.Ladder.More
	p.steps += len(out.Steps)
	return out
}

// gap returns a class for how much time has passed: the more time, the more space.
func gap(d time.Duration) string {
	n := 0
	for limit := 10 * time.Millisecond; d >= limit && n < 5; limit *= 10 {
		n++
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" g%d", n)
}

func (p *Page) clock(t time.Time) string { return p.o.In(t).Format("15:04:05.000") }

// name returns a connection's addresses for a heading.
func name(c *conn) string {
	return view.Inert(c.Client.String()) + " → " + view.Inert(c.Server.String())
}

// Origin returns where a connection was seen, and whether it began earlier.
func (c *conn) Origin() string {
	s := view.Inert(c.Conn.Origin)
	if c.MidStream {
		s = strings.TrimPrefix(s+", begun before the capture", ", ")
	}
	return s
}
