package logs

import form "imapscope/capture/transcript"

// exported is what imapscope itself writes.
func exported() Format {
	return Format{
		Name: "imapscope", Program: "imapscope",
		How:     "imapscope export --as transcript FILE -o session.txt",
		Missing: "nothing; passwords, unless --show-secrets was given",
		is:      func(l []byte, _ Protocol) bool { return form.IsHead(l) },
		new: func(b *book) parser {
			return exportedParser{form.NewReader(b.sink, b.origin, b.NextID)}
		},
	}
}

type exportedParser struct{ *form.Reader }

func (p exportedParser) line(l line) error { return p.Line(l.text, l.cut) }
func (p exportedParser) end() error        { return p.End() }
