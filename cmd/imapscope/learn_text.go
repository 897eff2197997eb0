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
	"imapscope/decode/wire"
	"imapscope/samples/lesson"
	"imapscope/samples/tutor"
	"imapscope/ui/print"
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
	c.echoes = print.IsTerminal(e.in)
	c.say("%s. To each question answer with a line; ? is a hint, /3 shows transaction 3 and what it means, > skips, an empty line shows the question again, q leaves.", t.Page().Lesson.Title)
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
			status, said := r.Status, c.view.Request(&t)
			if r.Outcome == decode.Orphan {
				status, said = "orphan", c.view.Completion(&t)
			}
			fmt.Fprintf(c.out, "  %4s  %-9s %s\n", c.number(&r), status, view.Fit(view.Inert(said), max(c.width-20, 20), "…"))
		}
	}
	c.told = c.archive.Len()
}

// number is how a lesson writes a transaction: of several connections, which one.
func (c *classroom) number(r *archive.Row) string {
	if k, _ := c.archive.Index(r.Conn); k > 0 || c.archive.Conns() > 1 {
		return fmt.Sprintf("%d/%d", k+1, r.N)
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
	c.show(s.At, false)
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
		line, err := c.read(s.Kind())
		if err != nil {
			return err
		}
		switch which, look := strings.CutPrefix(line, "/"); {
		case c.Page().Literal:
			c.typed(line)
		case line == "":
			ask = true
		case line == "?":
			c.Hint()
		case line == ">":
			c.Skip()
			return nil
		case line == "q":
			return errLeft
		case look:
			c.look(which)
		case s.Kind() == lesson.Find:
			if at, ok := c.place(line); ok {
				c.Found(at.Conn, at.Txn)
			}
		case s.Kind() == lesson.Type:
			c.typed(line)
		default:
			c.Answer(line)
		}
	}
}

// place is a transaction, or the greeting, as a lesson writes it.
func (c *classroom) place(text string) (lesson.Place, bool) {
	at, err := lesson.ParseTransaction(text)
	if err != nil {
		c.say("%q is no number of a transaction, such as 3 or 2/3", text)
	}
	return at, err == nil
}

// look shows a transaction, and what each of its lines means.
func (c *classroom) look(which string) {
	if at, ok := c.place(which); ok && !c.show(at, true) {
		c.say("There is no transaction %s.", which)
	}
}

// prompts are what a line is asked for with.
var prompts = map[lesson.Kind]string{lesson.Find: "its number", lesson.Type: "to the server"}

// read reads a line. What comes from no terminal is not seen unless it is printed; what
// goes to the server is shown later, masked.
func (c *classroom) read(wants lesson.Kind) (string, error) {
	fmt.Fprint(c.out, prompts[wants]+"> ")
	more := c.in.Scan()
	if !c.echoes {
		if wants != lesson.Type {
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
		c.exchange(c.told, lesson.Place{}, true)
	}
}

// show shows what is at a place, if there is something: what it points at is put into
// words, or all of it.
func (c *classroom) show(at lesson.Place, explained bool) bool {
	if at.IsZero() || at.Conn > c.archive.Conns() {
		return false
	}
	conn := c.archive.Conn(at.Conn - 1).ID
	if !at.Greeting {
		i, ok := c.archive.Find(conn, at.Txn)
		if ok {
			c.exchange(i, at, explained)
		}
		return ok
	}
	found := false
	err := c.reader.Items(conn, archive.Ref{}, func(it archive.Item) bool {
		if m, ok := it.Event.(*decode.Message); ok && m.Kind == decode.Greeting {
			found = true
			c.line("", m)
			if explained {
				c.sayBehind("      ", c.meaning(m, wire.Span{}))
			}
		}
		return !found
	})
	if err != nil {
		c.say("%s", err.Error())
	}
	return found
}

// exchange shows the lines of an exchange. What is pointed at, or each of them, is put
// into words.
func (c *classroom) exchange(i int, at lesson.Place, explained bool) {
	r := c.archive.Row(i)
	fmt.Fprintf(c.out, "\n  transaction %s\n", c.number(&r))
	var messages []*decode.Message
	err := c.reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		messages = append(messages, m.Clone())
		return len(messages) < view.MaxLines
	})
	if err != nil {
		c.say("%s", err.Error())
	}
	here, span, err := at.In(messages)
	if err != nil {
		here = -1
	}
	for k, m := range messages {
		mark := "  "
		if k == here {
			mark = "* "
		}
		c.line(mark, m)
		if k == here || explained {
			c.sayBehind("      ", c.meaning(m, span))
		}
	}
}

// meaning is what a message says, or the word in it at a place.
func (c *classroom) meaning(m *decode.Message, at wire.Span) string {
	g := c.view.Gloss(m, m.Parse(&c.parser))
	for _, w := range g.Words {
		if at.Len() > 0 && w.Octet <= at.Start && at.Start < w.End {
			return w.Text + ": " + w.Meaning
		}
	}
	return g.Sentence
}

// line is a message's line.
func (c *classroom) line(mark string, m *decode.Message) {
	who := "C:"
	if m.Dir == capture.ServerToClient {
		who = "S:"
	}
	fmt.Fprintf(c.out, "  %s%s %s\n", mark, who, c.view.Line(m).Text)
}
