package class

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/capture/outfile"
	"imapscope/capture/pcap"
	"imapscope/decode"
	"imapscope/samples/exercise"
	"imapscope/ui/view"
)

//go:embed page
var files embed.FS

// PageNames returns the files that WritePages writes for the class in a folder: the handout, and
// the teacher's answers.
func PageNames(dir string) (handout, answers string) {
	return filepath.Join(dir, "handout.html"), filepath.Join(dir, "answers", "answers.html")
}

// WritePages writes, for the recordings and keys in a folder that exercise.Class wrote, two pages
// to print: the conversations with room to write, one recording after another, each on a new
// sheet; and the answers. It fails with fs.ErrExist if a page exists and is not to be replaced.
func WritePages(ctx context.Context, dir string, replace bool) error {
	keys, err := exercise.ReadKeys(dir)
	if err != nil {
		return err
	}
	handout, answers := PageNames(dir)
	var sheets []*sheet
	for i := range keys {
		b, err := os.ReadFile(filepath.Join(dir, filepath.Base(keys[i].File)))
		if err != nil {
			return err
		}
		s, err := readSheet(ctx, keys[i].File, b)
		if err != nil {
			return fmt.Errorf("%s: %w", keys[i].File, err)
		}
		sheets = append(sheets, s)
	}
	write := func(name, page string, data any) error {
		return outfile.Write(name, outfile.Options{Mode: 0o644, Replace: replace}, func(w io.Writer) error { return render(w, page, data) })
	}
	return errors.Join(
		write(handout, "handout.html", handoutData{page: newPage("Exercises"), Sheets: sheets, Kinds: exercise.Kinds()}),
		write(answers, "answers.html", answersData{page: newPage("Answers"), Keys: keys, Sheets: sheets}),
	)
}

// page is what all pages have.
type page struct {
	Title, CSP string
	Style      template.CSS
}

type (
	handoutData struct {
		page
		Sheets []*sheet
		Kinds  []exercise.Kind
	}
	answersData struct {
		page
		Keys   []exercise.Key
		Sheets []*sheet
	}
)

func newPage(title string) page {
	style, err := files.ReadFile("page/page.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(style)
	return page{
		Title: title, Style: template.CSS(style),
		CSP: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:])),
	}
}

// render writes a page.
func render(w io.Writer, name string, data any) error {
	t, err := template.New("").Funcs(template.FuncMap{
		"inert": view.Inert[string], "plural": view.Count, "levels": func() int { return exercise.Levels },
		"stamp": func(t time.Time) string { return t.UTC().Format("15:04:05.000") },
	}).ParseFS(files, "page/*.html")
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, name, data)
}

// sheet is a recording on a page.
type sheet struct {
	File  string
	Day   string // of its beginning, UTC
	Conns []*conn

	by map[capture.ConnID]*conn
}

// conn is one of its connections.
type conn struct {
	ID             capture.ConnID
	Client, Server string
	Steps          []step

	ladder *view.Ladder
	full   map[fullKey]string // texts that are shortened on the ladder
	ends   map[fullKey]string // how lines end
}

// fullKey finds the message of a ladder's step.
type fullKey struct {
	label string
	time  time.Time
}

// step is a line of a conversation.
type step struct {
	Class  string // "c", "s" or "remark"
	Number string // the transaction; empty outside any, and for all but its first line
	Time   string
	Text   string
	End    string // how it ends: CRLF, or LF alone
}

// Bounds of a handout, which exercises are far from.
const (
	maxConns = 100
	maxSteps = 5_000
	maxText  = 4 << 10 // bytes of a line
)

// readSheet reads a recording.
func readSheet(ctx context.Context, file string, recording []byte) (*sheet, error) {
	s := &sheet{File: file, by: make(map[capture.ConnID]*conn)}
	src := pcap.Stream(bytes.NewReader(recording), file, pcap.Options{})
	if err := src.Run(ctx, decode.NewDemux(decode.Options{}, s)); err != nil {
		return nil, err
	}
	for _, c := range s.Conns {
		c.finish(len(s.Conns) > 1)
	}
	return s, nil
}

// Open implements decode.Handler.
func (s *sheet) Open(c capture.Conn) error {
	if len(s.Conns) >= maxConns {
		return nil
	}
	x := &conn{
		ID: c.ID, Client: c.Client.String(), Server: c.Server.String(), ladder: view.Options{}.Ladder("", ""),
		full: make(map[fullKey]string), ends: make(map[fullKey]string),
	}
	if s.Day == "" {
		s.Day = c.Start.UTC().Format("2 January 2006")
	}
	s.by[c.ID] = x
	s.Conns = append(s.Conns, x)
	return nil
}

// Events implements decode.Handler.
func (s *sheet) Events(id capture.ConnID, events []decode.Event) error {
	c := s.by[id]
	if c == nil {
		return nil
	}
	for _, e := range events {
		before := c.ladder.Len()
		c.ladder.Add(e)
		m, ok := e.(*decode.Message)
		if !ok || c.ladder.Len() != before+1 { // a command in parts is short
			continue
		}
		step := c.ladder.Step(before)
		key := fullKey{step.Label, step.Time}
		text := view.Options{}.Line(m).Text
		if len(text) > len(step.Label) {
			c.full[key] = text[:min(len(text), maxText)]
		}
		c.ends[key] = lineEnd(m)
	}
	return nil
}

// lineEnd returns how a message ends.
func lineEnd(m *decode.Message) string {
	switch {
	case m.Lost > 0:
		return ""
	case bytes.HasSuffix(m.Raw, []byte("\r\n")):
		return "CRLF"
	case bytes.HasSuffix(m.Raw, []byte("\n")):
		return "LF"
	}
	return ""
}

// finish makes the steps of the ladder.
func (c *conn) finish(several bool) {
	last := 0
	for i := range min(c.ladder.Len(), maxSteps) {
		s := c.ladder.Step(i)
		x := step{Class: [...]string{capture.ClientToServer: "c", capture.ServerToClient: "s"}[s.Dir], Text: s.Label}
		key := fullKey{s.Label, s.Time}
		if full := c.full[key]; full != "" {
			x.Text = full
		}
		x.End = c.ends[key]
		if s.Remark {
			x.Class, x.End = "remark", ""
		}
		if !s.Time.IsZero() {
			x.Time = s.Time.UTC().Format("15:04:05.000")
		}
		if s.Txn > last {
			last = s.Txn
			x.Number = view.Number(c.ID, s.Txn, several)
		}
		c.Steps = append(c.Steps, x)
	}
	c.ladder, c.full, c.ends = nil, nil, nil
}

// Of returns the lines of a conversation that a key is about: those of its transaction, at most
// a dozen; the last ones of its connection if it is about none.
func (d answersData) Of(i int) []step {
	k := &d.Keys[i]
	for _, c := range d.Sheets[i].Conns {
		if uint64(c.ID) == k.Conn {
			return c.around(view.Number(c.ID, k.N, len(d.Sheets[i].Conns) > 1), k.N > 0)
		}
	}
	return nil
}

// maxAround is the maximum number of lines in an answer.
const maxAround = 12

func (c *conn) around(number string, within bool) []step {
	if !within {
		return c.Steps[max(len(c.Steps)-4, 0):]
	}
	from := slices.IndexFunc(c.Steps, func(s step) bool { return s.Number == number })
	if from < 0 {
		return nil
	}
	to := from + 1
	for to < len(c.Steps) && c.Steps[to].Number == "" && to-from < maxAround {
		to++
	}
	return c.Steps[from:to]
}

// Short returns the text of a line as the answers show it.
func (s step) Short() string { return view.Fit(strings.TrimSpace(s.Text), 200, "…") }
