package report

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"html/template"
	"io"
)

// blockSize is how many exchanges are packed together.
const blockSize = 50

// last is after every exchange of a connection.
const last = 1 << 30

// blocks writes connections and exchanges. The first blockSize exchanges are elements of the
// page. Those after them are packed: each block of them is the content of a <noscript>, which
// a browser with a script keeps as one text until the script unfolds it, and one without a
// script shows. Either way a block is in the page once, as HTML that html/template escaped.
type blocks struct {
	w      *bufio.Writer
	t      *template.Template
	direct int // exchanges, and connections without any, that are elements of the page so far
	buf    bytes.Buffer
	units  int // exchanges, or connections without any, in buf
	listed bool
	inside bool    // whole connections are in buf
	packed *packed // below w
	data   []byte  // the explanations of the exchanges since the last flush, as JSON
	in     int     // exchanges in data
	n      int     // blocks of explanations so far
	closed bool    // no exchange is open at first
	open   int     // exchanges that are open at first
}

// maxOpened is how many exchanges with findings are open at first.
const maxOpened = 3

// to returns where HTML goes.
func (b *blocks) to() io.Writer {
	if b.inside || b.direct >= blockSize {
		return &b.buf
	}
	return b.w
}

func (b *blocks) execute(name string, data any) error {
	return b.t.ExecuteTemplate(b.to(), name, data)
}

// conn writes a connection with its exchanges.
func (b *blocks) conn(c *conn) error {
	b.inside = b.direct >= blockSize && len(c.Exchanges) <= blockSize
	c.Packed = b.inside
	if b.inside {
		return b.small(c)
	}
	if err := b.flush(c.K, 0); err != nil {
		return err
	}
	if err := b.t.ExecuteTemplate(b.w, "conn.html", c); err != nil {
		return err
	}
	for _, x := range c.Exchanges {
		if err := b.exchange(x); err != nil {
			return err
		}
	}
	if err := b.flush(c.K, last); err != nil {
		return err
	}
	if len(c.Exchanges) == 0 && b.direct < blockSize {
		b.direct++
	}
	return b.t.ExecuteTemplate(b.w, "connend.html", c)
}

// small writes a connection as part of a block.
func (b *blocks) small(c *conn) error {
	if err := b.execute("conn.html", c); err != nil {
		return err
	}
	for _, x := range c.Exchanges {
		if err := b.exchange(x); err != nil {
			return err
		}
	}
	if len(c.Exchanges) == 0 {
		b.units++
	}
	b.endList()
	if err := b.execute("connend.html", c); err != nil {
		return err
	}
	if b.units >= blockSize {
		return b.flush(c.K, last)
	}
	return nil
}

// exchange writes an exchange.
func (b *blocks) exchange(x *exchange) error {
	if !b.listed {
		b.listed = true
		if _, err := io.WriteString(b.to(), "<ol class=\"exchanges\">\n"); err != nil {
			return err
		}
	}
	if err := b.explain(x); err != nil {
		return err
	}
	if w := x.Worst(); (w == "error" || w == "warning") && b.open < maxOpened && !b.closed {
		b.open++
		x.Open = true
	}
	if err := b.execute("exchange.html", x); err != nil {
		return err
	}
	b.units++
	switch {
	case b.inside:
	case b.direct < blockSize:
		if b.direct++; b.direct == blockSize {
			b.direct-- // the list of these ends on the page
			b.endList()
			b.direct++
			return b.flush(x.C.K, x.N)
		}
	case b.units >= blockSize:
		return b.flush(x.C.K, x.N)
	}
	return nil
}

func (b *blocks) endList() {
	if b.listed {
		b.listed = false
		_, _ = io.WriteString(b.to(), "</ol>\n") // an error of w is reported by its Flush
	}
}

// flush ends the current block, whose last exchange is the nth of connection k, and writes the
// explanations since the last one. They are packed, so no text in them can end the element.
func (b *blocks) flush(k, n int) error {
	b.endList()
	if b.buf.Len() > 0 {
		fmt.Fprintf(b.w, "<div class=\"block\" data-size=\"%d\" data-to=\"%d.%d\"><noscript>\n", b.units, k, n)
		if _, err := b.buf.WriteTo(b.w); err != nil {
			return err
		}
		b.buf.Reset()
		fmt.Fprint(b.w, "</noscript></div>\n")
	}
	b.units = 0
	if b.in == 0 {
		return nil
	}
	if err := b.w.Flush(); err != nil {
		return err
	}
	err := b.packed.data(fmt.Sprintf("d%d", b.n), append(b.data, ']'))
	b.n, b.in = b.n+1, 0
	b.data = b.data[:0]
	return err
}

// explain adds the explanation of an exchange to those of its block, which together take half
// of what they take one by one.
func (b *blocks) explain(x *exchange) error {
	x.Data = fmt.Sprintf("%d.%d", b.n, b.in)
	b.data = append(b.data, "[,"[min(b.in, 1)])
	b.in++
	if x.Explained == nil {
		b.data = append(b.data, "null"...)
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(x.Explained))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(z)
	b.data = append(b.data, text...)
	return err
}
