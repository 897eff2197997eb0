package print

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// A Manual is a manual page: of the program or a verb (section 1), or of a topic (section 7).
// Its texts are those of --help and of the topics: plain text with paragraphs, lists whose items
// begin with "- ", headings that begin with "## ", and indented lines that stay as they are.
type Manual struct {
	Name     string // as imapscope-decode
	Section  int
	Title    string // one line
	Synopsis string // a command line; empty: the page has no synopsis
	Text     string
	Options  []ManualOption
	Examples string
	SeeAlso  []string // as imapscope(1)

	Version string
	Date    time.Time // the zero value: unknown
}

// A ManualOption is a flag: how it is written, as "-o, --output file", and what it does.
type ManualOption struct{ Flag, Usage string }

// Write writes the page in the language of man(7), which needs no macros but its own.
func (m *Manual) Write(w io.Writer) error {
	r := &roff{w: bufio.NewWriter(w)}
	date := ""
	if !m.Date.IsZero() {
		date = m.Date.Format("2006-01-02")
	}
	r.macro("TH", strings.ToUpper(m.Name), fmt.Sprint(m.Section), date, "imapscope "+m.Version, "imapscope manual")
	r.macro("SH", "NAME")
	r.line(m.Name + " \\- " + roffText(m.Title))
	if m.Synopsis != "" {
		r.macro("SH", "SYNOPSIS")
		r.line(`\fB` + roffText(m.Synopsis) + `\fR`)
	}
	r.macro("SH", "DESCRIPTION")
	r.text(m.Text)
	if len(m.Options) > 0 {
		r.macro("SH", "OPTIONS")
	}
	for _, o := range m.Options {
		r.line(".TP")
		r.line(`\fB` + roffText(o.Flag) + `\fR`)
		r.line(roffText(o.Usage))
	}
	if m.Examples != "" {
		r.macro("SH", "EXAMPLES")
		r.text(m.Examples)
	}
	if len(m.SeeAlso) > 0 {
		r.macro("SH", "SEE ALSO")
		r.line(roffText(strings.Join(m.SeeAlso, ", ")))
	}
	return r.w.Flush()
}

// A roff writes man(7). Errors are those of Flush.
type roff struct {
	w       *bufio.Writer
	fresh   bool // right below a heading, where a paragraph is not begun
	verbose bool // among lines that stay as they are
	item    bool // in a list's item
	nested  bool // in a list in an item
}

func (r *roff) line(text string) { r.w.WriteString(text + "\n") }

func (r *roff) macro(name string, args ...string) {
	r.w.WriteString("." + name)
	for _, a := range args {
		r.w.WriteString(` "` + macroEscapes.Replace(a) + `"`)
	}
	r.line("")
	r.fresh = name == "SH" || name == "SS"
}

// text writes a text.
func (r *roff) text(text string) {
	blank := false
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		line = strings.TrimRight(line, " \n")
		if line == "" {
			blank = true
			continue
		}
		r.textLine(line, blank)
		blank = false
	}
	r.end()
}

// textLine writes a line of a text; blank: after an empty one.
func (r *roff) textLine(line string, blank bool) {
	bare := strings.TrimLeft(line, " ")
	indent := len(line) - len(bare)
	switch {
	case strings.HasPrefix(line, "#"):
		r.end()
		title := strings.TrimLeft(line, "# ")
		r.macro(map[bool]string{true: "SS", false: "SH"}[strings.HasPrefix(line, "###")], title)
	case strings.HasPrefix(bare, "- ") && (indent == 0 || indent == 2 && r.item):
		r.bullet(bare[2:], indent > 0)
	case r.item && indent > 0 && !blank:
		r.line(roffText(bare))
	case indent >= 2:
		r.asItIs(line, blank)
	case r.verbose || r.item || blank:
		r.end()
		if !r.fresh {
			r.line(".PP")
		}
		fallthrough
	default:
		r.line(roffText(bare))
		r.fresh = false
	}
}

// bullet begins an item of a list.
func (r *roff) bullet(text string, nested bool) {
	if r.verbose {
		r.end()
	}
	if nested && !r.nested {
		r.line(".RS 2")
	}
	if !nested && r.nested {
		r.line(".RE")
	}
	r.nested, r.item, r.fresh = nested, true, false
	r.line(`.IP \(bu 2`)
	r.line(roffText(text))
}

// asItIs writes a line that keeps its indentation.
func (r *roff) asItIs(line string, blank bool) {
	switch {
	case !r.verbose:
		r.end()
		if !r.fresh {
			r.line(".PP")
		}
		r.line(".nf")
		r.verbose, r.fresh = true, false
	case blank:
		r.line("")
	}
	r.line(`\&` + roffText(line))
}

// end ends lines that stay as they are, and lists.
func (r *roff) end() {
	if r.verbose {
		r.line(".fi")
	}
	if r.nested {
		r.line(".RE")
	}
	r.verbose, r.item, r.nested = false, false, false
}

// macroEscapes are for the arguments of macros. A date must keep its hyphens.
var macroEscapes = strings.NewReplacer(`\`, `\e`, `"`, `\(dq`)

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// roffText escapes a line of text: what has a meaning at its beginning or anywhere, and what
// would be shown as another character.
func roffText(s string) string {
	s = roffEscapes.Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
