package inspect

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"imapscope/ui/inspect/model"
)

// chosen returns the transactions to export: the marked ones, or those shown.
func (x *inspector) chosen() (txns []int, what string) {
	if len(x.model.Marks.Marked) > 0 {
		txns = slices.Clone(x.model.Marks.Marked)
		slices.Sort(txns)
		return txns, "marked"
	}
	for row := range x.model.List.Len() {
		txns = append(txns, x.model.List.At(row))
	}
	slices.Sort(txns) // not as the list is sorted
	if x.model.List.Narrowed() {
		return txns, "shown"
	}
	return txns, "all"
}

func (x *inspector) askExport() {
	if x.Export == nil {
		x.report("writing files is not available here")
		return
	}
	n, what := len(x.model.Marks.Marked), "marked"
	if n == 0 {
		n, what = x.model.List.Len(), "shown"
	}
	formats := x.Export.Formats()
	x.ask(question{
		label:    fmt.Sprintf("export the %s %s to (.%s): ", model.Number(n), what, strings.Join(formats, " .")),
		complete: func(text string) []string { return completeName(text, formats) },
		check:    func(text string) (string, int) { return checkName(text, formats) },
		done: func(name string) {
			if name == "" {
				return
			}
			txns, _ := x.chosen()
			said, err := x.Export.Export(name, txns, x.model.Marks.Comments)
			x.report(said)
			x.reportError(err)
		},
	})
}

// completeName offers the supported endings.
func completeName(text string, formats []string) []string {
	base, ending, ok := strings.Cut(filepath.Base(text), ".")
	if !ok || base == "" {
		return nil
	}
	var out []string
	for _, f := range formats {
		if strings.HasPrefix(f, ending) && f != ending {
			out = append(out, strings.TrimSuffix(text, ending)+f)
		}
	}
	return out
}

func checkName(text string, formats []string) (string, int) {
	if ending := strings.TrimPrefix(filepath.Ext(text), "."); text != "" && !slices.Contains(formats, ending) {
		return "the name must end in one of ." + strings.Join(formats, " ."), -1
	}
	return "", -1
}

func (x *inspector) askSave() {
	if x.Export == nil {
		x.report("writing files is not available here")
		return
	}
	x.ask(question{
		label: "save the session with comments (.pcapng), or comments (.comments.jsonl), to: ",
		text:  x.Beside,
		done: func(name string) {
			if name == "" {
				return
			}
			said, err := x.Export.Save(name, x.model.Marks.Comments)
			x.report(said)
			x.reportError(err)
		},
	})
}

func (x *inspector) askComment() {
	i, ok := x.current()
	if !ok {
		return
	}
	x.ask(question{
		label: "comment on " + x.label(i) + ": ",
		text:  x.model.Marks.Comments[i],
		done: func(text string) {
			x.model.Marks.Comment(i, strings.TrimSpace(text))
			x.rearrange()
			x.show(i)
		},
	})
}

// label returns a transaction's number.
func (x *inspector) label(i int) string {
	r := x.model.Archive.Row(i)
	return x.model.Label(&r)
}
