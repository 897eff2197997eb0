package compare

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"imapscope/samples/contrast"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

//go:embed page
var files embed.FS

// maxPageLine is the maximum number of columns that a page shows of a line.
const maxPageLine = 240

// sheet is the data of a page.
type sheet struct {
	CSP, Title, Made, Clock string
	Style                   template.CSS
	Protocols               []*contrast.Protocol
	Tasks                   []*Comparison
}

// Page writes comparisons as a self-contained page, for the screen and for paper. made names the
// program.
func Page(w io.Writer, list []*Comparison, made string) error {
	own, err := files.ReadFile("page/compare.css")
	if err != nil {
		return err
	}
	style := report.PageStyle() + report.Style() + string(own)
	sum := sha256.Sum256([]byte(style))
	t, err := template.New("").Funcs(template.FuncMap{
		"summary": summary, "measures": func() []measure { return measures(list[0].Options) }, "add": func(a, b int) int { return a + b },
		"last":   func(i int, x *Exchange) bool { return x.More > 0 && i == len(x.Received)-1 },
		"figure": func(m measure, c contrast.Cost) string { return m.of(c) }, "lines": func(n int) string { return counted(int64(n), "more line") },
		"short":     func(line string) string { return view.Fit(line, maxPageLine, "…") },
		"exchanges": func(n int) string { return counted(int64(n), "more exchange") },
	}).ParseFS(files, "page/compare.html")
	if err != nil || len(list) == 0 {
		return err
	}
	s := sheet{
		CSP:   fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:])),
		Style: template.CSS(style), Made: made, Clock: list[0].Options.Clock(), Tasks: list,
	}
	var titles []string
	for i := range list[0].Columns {
		p := list[0].Columns[i].Protocol
		s.Protocols = append(s.Protocols, p)
		titles = append(titles, p.Title)
	}
	s.Title = strings.Join(titles, " and ")
	if n := len(titles); n > 2 {
		s.Title = strings.Join(titles[:n-1], ", ") + " and " + titles[n-1]
	}
	return t.ExecuteTemplate(w, "compare.html", s)
}

// Name returns what a row of the totals is called.
func (m measure) Name() string { return m.name }
