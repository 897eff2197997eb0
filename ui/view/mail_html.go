package view

import (
	"bytes"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxTag is the maximum length of a tag, or of a text without one.
const maxTag = 64 << 10

// html adds a text in HTML as plain text: tags are dropped, link targets kept.
func (mr *mailReader) html(body io.Reader) {
	z := html.NewTokenizer(body)
	z.SetMaxBuf(maxTag)
	var p plainText
	for p.out.Len() <= MaxMailText {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				mr.note("part %d: the HTML breaks off: %v", mr.parts, err)
			}
			break
		}
		p.token(kind, z)
	}
	mr.note("part %d is HTML, shown without its tags", mr.parts)
	mr.text(&p.out)
}

// plainText is the plain text of the HTML read so far.
type plainText struct {
	out   bytes.Buffer
	skip  atom.Atom // the element that is skipped
	space bool      // the next word needs a space before it
	href  []byte    // of the open link
	link  int       // where its text begins
}

// lineTag reports whether an element begins and ends a line.
func lineTag(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.P, atom.Div, atom.Tr, atom.Li, atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Pre,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.Title, atom.Dt, atom.Dd:
		return true
	}
	return false
}

func (p *plainText) token(kind html.TokenType, z *html.Tokenizer) {
	switch kind {
	case html.TextToken:
		if p.skip == 0 {
			p.words(z.Text())
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := z.TagName()
		p.start(atom.Lookup(name), more, z)
	case html.EndTagToken:
		name, _ := z.TagName()
		p.end(atom.Lookup(name))
	}
}

func (p *plainText) start(a atom.Atom, more bool, z *html.Tokenizer) {
	var href, alt []byte
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "href":
			href = bytes.Clone(value)
		case "alt":
			alt = bytes.Clone(value)
		}
	}
	switch {
	case p.skip != 0:
	case a == atom.Script || a == atom.Style:
		p.skip = a
	case lineTag(a):
		p.newline()
		if a == atom.Li {
			p.words([]byte("* "))
		}
	case a == atom.Td || a == atom.Th:
		p.space = true
	case a == atom.Img && len(alt) > 0:
		p.words([]byte("[" + string(alt) + "]"))
	case a == atom.A:
		p.closeLink()
		p.href, p.link = href, p.out.Len()
	}
}

func (p *plainText) end(a atom.Atom) {
	switch {
	case p.skip != 0:
		if p.skip == a {
			p.skip = 0
		}
	case a == atom.A:
		p.closeLink()
	case lineTag(a):
		p.newline()
	}
}

// closeLink adds the target of a link, unless its text contains it.
func (p *plainText) closeLink() {
	if len(p.href) > 0 && !bytes.Equal(bytes.TrimSpace(p.out.Bytes()[p.link:]), p.href) {
		p.space = true
		p.words([]byte("<" + string(p.href) + ">"))
	}
	p.href = nil
}

// newline ends the current line, if there is one.
func (p *plainText) newline() {
	p.space = false
	if b := p.out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		p.out.WriteByte('\n')
	}
}

// words adds text, with white space between words collapsed.
func (p *plainText) words(text []byte) {
	for len(text) > 0 {
		i := bytes.IndexAny(text, " \t\r\n")
		if i == 0 {
			p.space, text = true, text[1:]
			continue
		}
		if i < 0 {
			i = len(text)
		}
		if b := p.out.Bytes(); p.space && len(b) > 0 && b[len(b)-1] != '\n' {
			p.out.WriteByte(' ')
		}
		p.space = false
		p.out.Write(text[:i])
		text = text[i:]
	}
}
