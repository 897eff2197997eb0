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

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/ui/page"
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
	Sessions, Exchanges int // without servers' legs
	ServerLegs          int
	Beyond, Bare        int
	Silent, More        int // connections without anything to show, and beyond MaxConns
	Begin, End          string
	Why                 *causes
	People, Work, Wrong string // the story
	Slowest             *exchange
	Listed, Folded      []*conn    // in the contents
	Important, Others   []*finding // in the list of findings
}

// maxListed is how many connections and findings the contents list unfolded; maxIndexed bounds
// the findings that they list at all.
const (
	maxListed  = 10
	maxIndexed = 500
)

// split returns the first n of a list, and the others.
func split[T any](list []T, n int) (first, rest []T) {
	n = min(n, len(list))
	return list[:n], list[n:]
}

// ranked returns the findings for the contents, the worst first.
func (p *Page) ranked() []*finding {
	out := slices.Clone(p.Findings)
	rank := map[string]int{"error": 0, "warning": 1}
	at := func(f *finding) int {
		if r, ok := rank[f.Severity]; ok {
			return r
		}
		return len(rank)
	}
	slices.SortStableFunc(out, func(a, b *finding) int { return cmp.Compare(at(a), at(b)) })
	return out[:min(len(out), maxIndexed)]
}

// heads returns the names of the columns of message data.
func heads() [len(view.Row{})]string {
	return [len(view.Row{})]string{"Message", "Date", "From", "Subject", "Flags", "Size"}
}

// content returns text as the content of an element. Between tags nothing else needs to be
// escaped, and quotation marks are a fourth of what IMAP sends.
func content(text string) template.HTML {
	return template.HTML(contents.Replace(text))
}

var contents = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Style returns the styles of an explained exchange, for pages that show one.
func Style() string { return must("page/exchange.css") }

// PageStyle returns the styles of a page, for other pages that should look alike.
func PageStyle() string { return page.Style() + must("page/page.css") }

// Script returns the script that explains an exchange: it defines imapscopeExplain. It is
// complete, without a <script> element around it.
func Script() string { return page.Script() + must("page/explain.js") }

// running returns the style that prints the title at the head of each page.
func running(title string) string {
	var b strings.Builder
	for _, r := range title {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%06x ", r)
		}
	}
	return "@page{@top-left{content:\"" + b.String() + "\"}}\n"
}

// tail is the data of the part after them.
type tail struct {
	Made     string
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
	title := cmp.Or(p.o.Title, p.title())
	style := PageStyle() + Style() + must("page/print.css") + running(title)
	early, script := must("page/early.js"), Script()+must("page/page.js")
	t, err := template.New("").Funcs(template.FuncMap{
		"clock": p.clock, "plural": view.Count, "steps": p.ladder, "name": name, "number": p.number, "heads": heads, "content": content,
	}).ParseFS(files, "page/*.html")
	if err != nil {
		return err
	}
	p.sort()
	p.place()
	h := head{
		Page: p, Title: title, Source: p.o.Source, Made: p.o.Made, Hidden: p.o.Hidden,
		CSP: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s' '%s'; img-src data:; base-uri 'none'; form-action 'none'",
			hash(style), hash(early), hash(script)),
		Style: template.CSS(style), Early: template.JS(early), Conns: p.conns, Beyond: p.beyond, Bare: p.bare,
		Silent: p.empty, More: p.more,
	}
	h.Begin, h.End = p.when()
	h.Why = p.causes()
	h.People, h.Work, h.Slowest, h.Wrong = p.story.people(), p.story.work(), p.story.slowest, p.wrong(h.Why)
	if p.story.total < 2 {
		h.Slowest = nil
	}
	h.Listed, h.Folded = split(p.conns, maxListed)
	h.Important, h.Others = split(p.ranked(), maxListed)
	for _, c := range p.conns {
		if c.Leg == capture.ServerLeg {
			h.ServerLegs++
			continue
		}
		h.Sessions++
		h.Exchanges += len(c.Exchanges)
	}
	packed := newPacked(to, p.goroutines)
	w := bufio.NewWriterSize(packed, 64<<10)
	if err := t.ExecuteTemplate(w, "head.html", h); err != nil {
		return err
	}
	if err := p.body(packed, w, t); err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "tail.html", tail{p.o.Made, p.unlisted, p.vocabulary(), template.JS(script)}); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return packed.finish()
}

// sort puts findings, connections and exchanges in the order of the page: that of their numbers.
func (p *Page) sort() {
	slices.SortStableFunc(p.Findings, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.C.K, b.C.K), cmp.Compare(a.Txn, b.Txn))
	})
	slices.SortFunc(p.conns, func(a, b *conn) int { return cmp.Compare(a.K, b.K) })
	for _, c := range p.conns {
		slices.SortStableFunc(c.Exchanges, func(a, b *exchange) int { return cmp.Compare(a.N, b.N) })
	}
}

// body writes the connections, and the tables that their explanations refer to. W writes to packed.
func (p *Page) body(packed *packed, w *bufio.Writer, t *template.Template) error {
	b := blocks{w: w, t: t, packed: packed, closed: p.o.Hidden}
	for _, c := range p.conns {
		if err := b.conn(c); err != nil {
			return err
		}
	}
	if err := b.flush(last, 0); err != nil {
		return err
	}
	list, err := json.Marshal([]any{p.strings.list, p.senses.list, p.labels.list})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return packed.data("tables", list)
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
		c.General = nil
	}
	for _, f := range p.Findings {
		if x := at[f.Where()]; x != nil {
			x.Findings, f.Ref = append(x.Findings, f), x.ID()
			continue
		}
		f.C.General, f.Ref = append(f.C.General, f), fmt.Sprintf("c%d", f.C.K)
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
