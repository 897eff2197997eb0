package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/samples/lesson"
	"imapscope/samples/tutor"
	"imapscope/ui/view"
)

// classroom is a lesson as text: read from top to bottom, answered line by line. It is
// for those who listen to their screen, and for pipes.
type classroom struct {
	*tutor.Tutor
	in      *bufio.Scanner
	out     io.Writer
	echoes  bool // a terminal shows what is typed
	width   int
	archive *archive.Archive
	reader  *archive.Reader
	parser  syntax.Parser
	view    view.Options
	told    int // transactions that have been shown
}

// patience is how long the server may take to answer what is typed.
const patience = 2 * time.Second

// errLeft ends a lesson before its end.
var errLeft = errors.New("left")

// takeText takes a lesson as text.
func takeText(ctx context.Context, e *env, t *tutor.Tutor) (err error) {
	a, err := archive.New(archive.Options{Handler: t})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- t.Run(ctx, a.Writer()) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-ran)
	}()
	for !t.Ready() {
		select {
		case err := <-ran:
			ran <- nil
			return err
		case <-time.After(time.Millisecond):
		}
	}
	c := &classroom{Tutor: t, in: bufio.NewScanner(e.in), out: e.out, width: min(width(e), 100), archive: a, reader: a.Reader()}
	if c.width == 0 {
		c.width = 80
	}
	_, c.echoes = fd(e.in)
	c.say("%s. To each question answer with a line; ? is a hint, > skips, an empty line shows the question again, q leaves.", t.Page().Lesson.Title)
	c.list()
	for {
		p := t.Page()
		if p.Step == nil {
			c.say("")
			for _, b := range through(guide{t}.Page(), &p).Text {
				c.say("%s", b.Words[0].Text)
			}
			return nil
		}
		if err := c.step(&p); err != nil {
			if err == errLeft {
				err = nil
			}
			return err
		}
	}
}

func (c *classroom) say(format string, args ...any) { c.sayBehind("", fmt.Sprintf(format, args...)) }

// sayBehind says a text behind an indent.
func (c *classroom) sayBehind(indent, text string) {
	for _, l := range view.Wrap(text, c.width-len(indent)) {
		fmt.Fprintln(c.out, indent+l)
	}
}

// list is the transactions there are, to be pointed at by their numbers.
func (c *classroom) list() {
	fmt.Fprintln(c.out, "\nWhat was recorded:")
	for i, r := range c.archive.Rows(0, c.archive.Len()) {
		var t decode.Transaction
		if err := c.reader.Txn(i, &t); err == nil {
			fmt.Fprintf(c.out, "  %4s  %-9s %s\n", c.number(&r), r.Status, clipTo(view.Inert(c.view.Request(&t)), c.width-20))
		}
	}
	c.told = c.archive.Len()
}

// number is how a lesson writes a transaction: of several connections, which one.
func (c *classroom) number(r *archive.Row) string {
	for k := range c.archive.Conns() {
		if c.archive.Conn(k).ID == r.Conn && (k > 0 || c.archive.Conns() > 1) {
			return fmt.Sprintf("%d/%d", k+1, r.N)
		}
	}
	return strconv.Itoa(r.N)
}

// step shows a step, and takes answers until it can be left.
func (c *classroom) step(p *tutor.Page) error {
	s := p.Step
	fmt.Fprintf(c.out, "\n--- step %d of %d: %s\n\n", p.At, p.Of, s.Heading)
	for i, b := range s.Text {
		if b.Item {
			c.say("- %s", b.Text())
			continue
		}
		if i > 0 {
			c.say("")
		}
		c.say("%s", b.Text())
	}
	c.point(s.At)
	ask := true
	for {
		p := c.Page()
		if p.Said != "" {
			c.say("%s", p.Said)
		}
		if p.Answered {
			c.Next()
			return nil
		}
		if ask && s.Ask != "" {
			c.say("")
			c.say("%s", s.Ask)
			for i, choice := range s.Choices {
				c.sayBehind("  ", fmt.Sprintf("%d %s", i+1, choice))
			}
		}
		ask = false
		line, err := c.read(map[lesson.Kind]string{lesson.Type: "to the server"}[s.Kind()])
		if err != nil {
			return err
		}
		switch line {
		case "":
			ask = true
			continue
		case "?":
			c.Hint()
			continue
		case ">":
			c.Skip()
			return nil
		case "q":
			return errLeft
		}
		switch s.Kind() {
		case lesson.Find:
			conn, txn, err := parseNumber(line)
			if err != nil {
				c.say("%s", err.Error())
				continue
			}
			c.Found(conn, txn)
		case lesson.Type:
			c.typed(line)
		default:
			c.Answer(line)
		}
	}
}

// read reads a line; what is asked for stands before it. What comes from no terminal
// is not seen unless it is printed, and what goes to the server is shown masked later.
func (c *classroom) read(what string) (string, error) {
	fmt.Fprint(c.out, what+"> ")
	more := c.in.Scan()
	if !c.echoes {
		if what == "" {
			fmt.Fprint(c.out, view.Inert(c.in.Text()))
		}
		fmt.Fprintln(c.out)
	} else if !more {
		fmt.Fprintln(c.out)
	}
	if !more {
		if err := c.in.Err(); err != nil {
			return "", err
		}
		return "", errLeft
	}
	if c.Page().Literal {
		return c.in.Text(), nil
	}
	return strings.TrimSpace(c.in.Text()), nil
}

// parseNumber reads a transaction as a lesson writes it.
func parseNumber(s string) (conn, txn int, err error) {
	conn = 1
	k, n, two := strings.Cut(s, "/")
	if !two {
		n = k
	} else if conn, err = strconv.Atoi(k); err != nil {
		return 0, 0, fmt.Errorf("%q is no number of a transaction, such as 3 or 2/3", s)
	}
	if txn, err = strconv.Atoi(n); err != nil {
		return 0, 0, fmt.Errorf("%q is no number of a transaction, such as 3 or 2/3", s)
	}
	return conn, txn, nil
}

// typed sends a line to the server, and shows what came of it.
func (c *classroom) typed(line string) {
	c.Type(line)
	if c.Page().Literal {
		c.say("The literal is due: type it.")
		return
	}
	for end := time.Now().Add(patience); c.Page().Said == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.say("The server does not answer.")
			break
		}
	}
	for n := c.archive.Len(); c.told < n; c.told++ {
		c.exchange(c.told, nil)
	}
}

// point shows what a step points at.
func (c *classroom) point(at lesson.Place) {
	if at.IsZero() || at.Conn > c.archive.Conns() {
		return
	}
	conn := c.archive.Conn(max(at.Conn, 1) - 1)
	if at.Greeting {
		var found bool
		err := c.reader.Items(conn.ID, archive.Ref{}, func(it archive.Item) bool {
			if m, ok := it.Event.(*decode.Message); ok && m.Kind == decode.Greeting {
				found = true
				c.line("", m)
			}
			return !found
		})
		if err != nil {
			c.say("%s", err.Error())
		}
		return
	}
	if i, ok := c.archive.Find(conn.ID, at.Txn); ok {
		c.exchange(i, &at)
	}
}

// exchange shows the lines of an exchange; what is pointed at is put into words.
func (c *classroom) exchange(i int, at *lesson.Place) {
	r := c.archive.Row(i)
	fmt.Fprintf(c.out, "\n  transaction %s\n", c.number(&r))
	var messages []*decode.Message
	err := c.reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		kept := *m
		kept.Raw = append([]byte(nil), m.Raw...)
		kept.Literals = append(kept.Literals[:0:0], m.Literals...)
		messages = append(messages, &kept)
		return len(messages) < view.MaxLines
	})
	if err != nil {
		c.say("%s", err.Error())
	}
	here := -1
	meaning := ""
	if at != nil {
		k, span, err := at.In(messages)
		if err == nil && k >= 0 {
			here = k
			g := c.view.Gloss(messages[k], view.Root(&c.parser, messages[k]))
			meaning = g.Sentence
			for _, w := range g.Words {
				if span.Len() > 0 && w.Octet <= span.Start && span.Start < w.End {
					meaning = w.Text + ": " + w.Meaning
				}
			}
		}
	}
	for k, m := range messages {
		mark := "  "
		if k == here {
			mark = "* "
		}
		c.line(mark, m)
		if k == here {
			c.sayBehind("      ", meaning)
		}
	}
}

// line is a message's line.
func (c *classroom) line(mark string, m *decode.Message) {
	who := "C:"
	if m.Dir == capture.ServerToClient {
		who = "S:"
	}
	fmt.Fprintf(c.out, "  %s%s %s\n", mark, who, c.view.Line(m).Text)
}

func clipTo(s string, n int) string {
	if r := []rune(s); len(r) > n && n > 0 {
		return string(r[:n-1]) + "…"
	}
	return s
}
