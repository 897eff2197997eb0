package learn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/samples/lesson"
	"imapscope/ui/view"
)

// TextOptions configure a lesson as text.
type TextOptions struct {
	In     io.Reader
	Out    io.Writer
	Echoes bool // the terminal echoes what is typed
	Width  int  // columns of a line; 0: 80
}

// classroom runs a lesson as text, read from top to bottom and answered line by line, for
// screen readers and pipes.
type classroom struct {
	*Tutor
	TextOptions
	in      *bufio.Scanner
	archive *archive.Archive
	reader  *archive.Reader
	parser  syntax.Parser
	view    view.Options
	shown   int // transactions that have been shown
}

// patience is how long the server may take to answer a typed line.
const patience = 2 * time.Second

// errLeft means that the student left the lesson.
var errLeft = errors.New("left")

// Text runs a lesson as text until the student leaves it or the input ends.
func Text(ctx context.Context, t *Tutor, o TextOptions) (err error) {
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
	if o.Width == 0 {
		o.Width = 80
	}
	out := &outcome{to: o.Out}
	o.Out = out
	c := &classroom{Tutor: t, TextOptions: o, in: bufio.NewScanner(o.In), archive: a, reader: a.Reader()}
	if err := c.run(); err != errLeft {
		return errors.Join(err, out.err)
	}
	return out.err
}

// outcome remembers the first error of writing, after which nothing is written.
type outcome struct {
	to  io.Writer
	err error
}

func (o *outcome) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(p)
	o.err = err
	return n, err
}

// run shows the steps, one after the other.
func (c *classroom) run() error {
	c.print("%s. %s", c.Page().Title, c.keys())
	c.list()
	for {
		p := c.Page()
		if p.Through {
			c.print("")
			c.text(p.Text)
			return nil
		}
		if err := c.step(&p); err != nil {
			return err
		}
	}
}

// keys returns what the lines mean that can be typed.
func (c *classroom) keys() string {
	if c.Page().Presented {
		return "Enter shows the answer, and goes on. n shows your notes, or hides them; a line is an answer; /3 shows transaction 3 and what it means, q quits."
	}
	return "Answer each question with a line. ? gives a hint, /3 shows transaction 3 and what it means, > skips, an empty line repeats the question, q quits."
}

func (c *classroom) print(format string, args ...any) {
	c.printIndented("", fmt.Sprintf(format, args...))
}

// printIndented prints a text, each line after an indent.
func (c *classroom) printIndented(indent, text string) {
	for _, l := range view.Wrap(text, c.Width-len(indent)) {
		fmt.Fprintln(c.Out, indent+l)
	}
}

// text prints paragraphs and list items.
func (c *classroom) text(blocks []lesson.Block) {
	for i, b := range blocks {
		switch {
		case b.Item:
			c.print("- %s", b.Text())
			continue
		case i > 0:
			c.print("")
		}
		c.print("%s", b.Text())
	}
}

// list prints the transactions, which answers refer to by number.
func (c *classroom) list() {
	fmt.Fprintln(c.Out, "\nWhat was recorded:")
	for i, r := range c.archive.Rows(0, c.archive.Len()) {
		var t decode.Transaction
		if err := c.reader.Txn(i, &t); err == nil {
			status, said := r.Status, c.view.Request(&t)
			if r.Outcome == decode.Orphan {
				status, said = "orphan", c.view.Completion(&t)
			}
			fmt.Fprintf(c.Out, "  %4s  %-9s %s\n", c.number(&r), status, view.Fit(view.Inert(said), max(c.Width-20, 20), "…"))
		}
	}
	c.shown = c.archive.Len()
}

// number returns the number of a transaction.
func (c *classroom) number(r *archive.Row) string {
	return view.Number(r.Conn, r.N, c.archive.Conns() > 1)
}

// step shows a step, and reads answers until the student can go on.
func (c *classroom) step(p *Page) error {
	fmt.Fprintf(c.Out, "\n--- step %d of %d: %s\n\n", p.At, p.Of, p.Heading)
	c.text(p.Text)
	c.show(p.Point, false)
	for ask := true; ; {
		now := c.Page()
		for _, answer := range now.Revealed {
			c.print("= %s", answer)
		}
		if now.Said != "" {
			c.print("%s", now.Said)
		}
		if now.Presented {
			if more, err := c.presented(&now, &ask); err != nil || !more {
				return err
			}
			continue
		}
		if now.Answered {
			c.Next()
			return nil
		}
		if ask {
			c.ask(&now)
		}
		line, err := c.read(now.Wants)
		if err != nil {
			return err
		}
		switch ask = line == "" && !now.Literal && !now.Held; {
		case ask:
		case line == ">" && !now.Literal:
			c.Skip()
			return nil
		case line == "q" && !now.Literal:
			return errLeft
		default:
			c.answer(&now, line)
		}
	}
}

// ask prints the question.
func (c *classroom) ask(p *Page) {
	if p.Ask == "" {
		return
	}
	c.print("")
	c.print("%s", p.Ask)
	for i, choice := range p.Choices {
		c.printIndented("  ", fmt.Sprintf("%d %s", i+1, choice))
	}
}

// answer judges a line, or executes it if it is a command.
func (c *classroom) answer(p *Page, line string) {
	which, look := strings.CutPrefix(line, "/")
	switch {
	case p.Literal, p.Held && line != "?":
		c.typeLine(line)
	case line == "?":
		c.Hint()
	case look:
		c.look(which)
	case p.Wants == lesson.Find:
		if at, ok := c.place(line); ok {
			c.Found(at.Conn, at.Txn)
		}
	case p.Wants == lesson.Type:
		c.typeLine(line)
	default:
		c.Answer(line)
	}
}

// place returns a transaction, or the greeting, as a lesson writes it.
func (c *classroom) place(text string) (lesson.Place, bool) {
	at, err := lesson.ParseTransaction(text)
	if err != nil {
		c.print("%q is not the number of a transaction, such as 3 or 2/3", text)
	}
	return at, err == nil
}

// look shows a transaction and what each of its lines means.
func (c *classroom) look(which string) {
	if at, ok := c.place(which); ok && !c.show(at, true) {
		c.print("There is no transaction %s.", which)
	}
}

// read reads a line. Input that is not from a terminal is printed, as it would not be
// visible otherwise; what is sent to the server is shown later, masked.
func (c *classroom) read(wants lesson.Kind) (string, error) {
	prompt := ""
	switch wants {
	case lesson.Find:
		prompt = "its number"
	case lesson.Type:
		prompt = "to the server"
		if c.Page().Held {
			prompt += " instead"
		}
	}
	fmt.Fprint(c.Out, prompt+"> ")
	more := c.in.Scan()
	if !c.Echoes {
		if wants != lesson.Type {
			fmt.Fprint(c.Out, view.Inert(c.in.Text()))
		}
		fmt.Fprintln(c.Out)
	} else if !more {
		fmt.Fprintln(c.Out)
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

// typeLine sends a line to the server, and shows the result.
func (c *classroom) typeLine(line string) {
	c.Type(line)
	if c.Page().Literal {
		c.print("Type the literal now.")
		return
	}
	for end := time.Now().Add(patience); c.Page().Said == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.print("The server does not answer.")
			break
		}
	}
	if c.Page().Held {
		return // what was typed is shown once it has an answer
	}
	for n := c.archive.Len(); c.shown < n; c.shown++ {
		c.exchange(c.shown, lesson.Place{}, true)
	}
}

// show shows what is at a place, if there is anything, and explains what the place points
// at, or all of it.
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
				c.printIndented("      ", c.meaning(m, wire.Span{}))
			}
		}
		return !found
	})
	if err != nil {
		c.print("%s", err.Error())
	}
	return found
}

// exchange shows the lines of an exchange, and explains what is pointed at, or each line.
func (c *classroom) exchange(i int, at lesson.Place, explained bool) {
	r := c.archive.Row(i)
	fmt.Fprintf(c.Out, "\n  transaction %s\n", c.number(&r))
	var messages []*decode.Message
	err := c.reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		messages = append(messages, m.Clone())
		return len(messages) < view.MaxLines
	})
	if err != nil {
		c.print("%s", err.Error())
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
			c.printIndented("      ", c.meaning(m, span))
		}
	}
}

// meaning returns what a message, or the word at a place in it, means.
func (c *classroom) meaning(m *decode.Message, at wire.Span) string {
	g := c.view.Gloss(m, m.Parse(&c.parser))
	for _, w := range g.Words {
		if at.Len() > 0 && w.Start <= at.Start && at.Start < w.End {
			return w.Text + ": " + w.Meaning
		}
	}
	return g.Sentence
}

// line prints a message's line.
func (c *classroom) line(mark string, m *decode.Message) {
	who := "C:"
	if m.Dir == capture.ServerToClient {
		who = "S:"
	}
	fmt.Fprintf(c.Out, "  %s%s %s\n", mark, who, c.view.Line(m).Text)
}
