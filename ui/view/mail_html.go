package view

import (
	"bytes"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxTag is how long a tag, or a text without one, may be.
const maxTag = 64 << 10

// html shows a text in HTML as plain text: tags dropped, where links lead kept.
func (b *mailReader) html(body io.Reader) {
	z := html.NewTokenizer(body)
	z.SetMaxBuf(maxTag)
	var p plainText
	for p.out.Len() <= MaxMailText {
		kind := z.Next()
		if kind == html.ErrorToken {
			if err := z.Err(); err != io.EOF {
				b.note("part %d: the HTML breaks off: %v", b.parts, err)
			}
			break
		}
		p.token(kind, z)
	}
	b.note("part %d is HTML, shown without its tags", b.parts)
	b.text(&p.out)
}

// plainText is what HTML says, as far as it was read.
type plainText struct {
	out   bytes.Buffer
	skip  atom.Atom // the element that is passed over
	space bool      // a space is due before the next word
	href  []byte    // of the link that is open
	link  int       // where its text begins
}

// lineTag reports whether an element begins a line of its own, and ends one.
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

// closeLink says where a link leads, unless its text does.
func (p *plainText) closeLink() {
	if len(p.href) > 0 && !bytes.Equal(bytes.TrimSpace(p.out.Bytes()[p.link:]), p.href) {
		p.space = true
		p.words([]byte("<" + string(p.href) + ">"))
	}
	p.href = nil
}

// newline ends the line that is begun, if one is.
func (p *plainText) newline() {
	p.space = false
	if b := p.out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		p.out.WriteByte('\n')
	}
}

// words adds text, all space between words as one space.
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
