package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

func newExplain(e *env) *cobra.Command {
	var client, server bool
	c := &cobra.Command{
		Use:   "explain LINE | WORD | RULE | STATE | states",
		Short: "Say what a line of IMAP2 means, word by word",
		Long: `explain puts a line of IMAP2 into words, from either side, and says where the RFC
has it. What is wrong is pointed at, with what was expected there. It also explains a
word of the protocol (FETCH, RFC822.SIZE, \Seen), a rule of check (S003), a state of
the connection (selected), or the table of all states (states).

Who says the line is seen from how it begins; --client and --server settle it. \r\n
stands for a line end, as after a literal's {4}. Without an argument, or with -, lines
are read from standard input. Exit 1: something was not as it should be.`,
		Example: `  imapscope explain 'A003 FETCH 2:4 ALL'
  imapscope explain '* 2 FETCH (FLAGS (\Seen) RFC822.SIZE 368)'
  imapscope explain 'A001 LOGIN {4}\r\nfred secret'
  imapscope explain SEARCH
  imapscope explain C013
  imapscope explain states`,
		RunE: func(c *cobra.Command, args []string) error {
			if client && server {
				return usage("explain: --client or --server, not both")
			}
			x := explainer{out: e, o: print.TextOptions{Width: width(e), Color: colored(e)}, client: client, server: server}
			if text := strings.Join(args, " "); text != "" && text != "-" {
				return x.topic(text)
			}
			return x.lines()
		},
	}
	c.Flags().BoolVar(&client, "client", false, "the client says it")
	c.Flags().BoolVar(&server, "server", false, "the server says it")
	return c
}

// explainer explains to a terminal.
type explainer struct {
	out            *env
	o              print.TextOptions
	client, server bool
	faults         int
}

// lines explains standard input.
func (x *explainer) lines() error {
	in := bufio.NewScanner(x.out.in)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		if text := strings.TrimRight(in.Text(), "\r"); text != "" {
			if err := x.line(text); err != nil {
				return err
			}
			fmt.Fprintln(x.out.out)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return x.verdict()
}

// verdict is what the exit status says.
func (x *explainer) verdict() error {
	if x.faults > 0 {
		return errFindings
	}
	return nil
}

// topic explains what was asked for: a word, a state, or else a line.
func (x *explainer) topic(text string) error {
	if !x.client && !x.server {
		if strings.EqualFold(text, "states") {
			return x.states(nil)
		}
		if r, ok := lint.Lookup(strings.ToUpper(text)); ok {
			return x.rule(r)
		}
		entries, found := entriesOf(text), stateNamed(text)
		if len(entries) > 0 { // some words are the name of a state, too
			if err := x.word(text, entries); err != nil || found == nil {
				return err
			}
			fmt.Fprintln(x.out.out)
		}
		if found != nil {
			return x.states(found)
		}
	}
	if err := x.line(strings.NewReplacer(`\r\n`, "\r\n").Replace(text)); err != nil {
		return err
	}
	return x.verdict()
}

// entriesOf are the vocabulary's entries of a name, each use one.
func entriesOf(name string) []protocol.Entry {
	var out []protocol.Entry
	for en := range protocol.All() {
		if strings.EqualFold(en.Name, name) {
			out = append(out, en)
		}
	}
	return out
}

// rule explains a rule of check.
func (x *explainer) rule(r *lint.Rule) error {
	about := view.RuleOf(r)
	err := print.Explain(x.out.out, x.o, print.Explanation{Title: about.ID + " " + about.Title, Sentence: about.Explanation, Words: []view.Word{
		{Text: "severity", Meaning: about.Severity},
		{Text: "verdict", Meaning: about.Verdict},
		{Text: "citation", Meaning: about.Cite},
		{Text: "what to do", Meaning: about.Advice},
	}})
	for _, part := range []struct{ title, lines string }{{"It finds something here:", r.Bad}, {"And nothing here:", r.Good}} {
		fmt.Fprintf(x.out.out, "\n%s\n", part.title)
		for line := range strings.Lines(strings.TrimSpace(part.lines)) {
			fmt.Fprintf(x.out.out, "  %s\n", view.Inert(strings.TrimRight(line, "\n")))
		}
	}
	return err
}

// word explains a word of the vocabulary, as whatever it is used.
func (x *explainer) word(name string, entries []protocol.Entry) error {
	about := print.Explanation{Title: name}
	for _, en := range entries {
		mean := en.Plain
		if len(en.Expands) > 0 {
			mean += " Short for (" + strings.Join(en.Expands, " ") + ")."
		}
		if set, ok := session.Permitted(en.Name); ok && en.Kind == protocol.Command {
			mean += " Permitted when " + stateList(set) + "."
		}
		if en.Obsolete {
			mean += " Obsolete."
		}
		about.Words = append(about.Words, view.Word{Text: en.Kind.String(), Meaning: mean, Cite: en.Ref.String()})
		if shape := en.Shape(); shape != en.Name {
			about.Words[len(about.Words)-1].Meaning += " Form: " + shape
		}
	}
	return print.Explain(x.out.out, x.o, about)
}

// line explains a line, and counts its faults.
func (x *explainer) line(text string) error {
	client := x.client || !x.server && saidByClient(text)
	note := ""
	if verb, _, _ := strings.Cut(text, " "); client && isCommand(verb) && !isCommand(second(text)) {
		text, note = "A001 "+text, "A tag is missing; A001 was put before it. "
	}
	m := messageOf(text, client)
	if m == nil {
		return usage("explain: %s is no line", text)
	}
	root := syntax.ParseResponse(&m.Message)
	if client {
		root = syntax.ParseRequest(&m.Message)
	}
	g := view.Options{ShowSecrets: true}.Gloss(m, root)
	about := print.Explanation{Title: text, Sentence: note + g.Sentence, Words: g.Words, More: g.More}
	known := false // that it has a fault
	for _, w := range about.Words {
		if w.Fault {
			known = true
			x.faults++
		}
	}
	if err := print.Explain(x.out.out, x.o, about); err != nil {
		return err
	}
	return x.judge(text, client, known)
}

// judge prints what check finds in a line, seen alone: rules that need to know what
// came before find nothing. A line of a later dialect is judged by that dialect.
func (x *explainer) judge(text string, client, pointed bool) error {
	var found []lint.Finding
	l, err := lint.New(lint.Options{}, func(f lint.Finding) { found = append(found, f) })
	if err != nil {
		return err
	}
	if err := l.Open(capture.Conn{ID: 1, MidStream: true}); err != nil {
		return err
	}
	d := decode.New(decode.Options{})
	if err := l.Events(1, d.Write(capture.ServerToClient, time.Time{}, []byte("* OK "+dialectOf(text)+"\r\n"))); err != nil {
		return err
	}
	found = found[:0]
	dir := capture.ServerToClient
	if client {
		dir = capture.ClientToServer
	}
	parts := strings.SplitAfter(strings.TrimRight(text, "\r\n")+"\r\n", "}\r\n")
	for i, part := range parts {
		if err := l.Events(1, d.Write(dir, time.Time{}, []byte(part))); err != nil {
			return err
		}
		if !client || i == len(parts)-1 {
			continue
		}
		if err := l.Events(1, d.Write(capture.ServerToClient, time.Time{}, []byte("+ go on\r\n"))); err != nil { // a literal is asked for
			return err
		}
	}
	if err := l.Events(1, d.Close(time.Time{}, capture.ErrEnd)); err != nil {
		return err
	}
	for _, f := range found {
		if !pointed && f.Severity > lint.Note {
			x.faults++
		}
		about := view.RuleOf(f.Rule)
		if _, err := fmt.Fprintf(x.out.out, "! %s %s (%s): %s\n", about.ID, about.Title, f.Verdict, view.Inert(f.Message)); err != nil {
			return err
		}
	}
	return nil
}

// dialectOf names the dialect that brought the command of a line.
func dialectOf(text string) string {
	f := append(strings.Fields(text), "", "", "")
	e, ok := protocol.Lookup(protocol.Command, f[1])
	if strings.EqualFold(f[1], "UID") {
		e, ok = protocol.Lookup(protocol.Command, f[1]+" "+f[2])
	}
	switch {
	case !ok || e.Dialect == protocol.IMAP2:
		return ""
	case e.Dialect == protocol.Extension:
		return protocol.IMAP4rev1.String()
	}
	return e.Dialect.String()
}

// messageOf is a line as the decoder sees it; nil if it is empty.
func messageOf(text string, client bool) *decode.Message {
	d := decode.New(decode.Options{})
	dir := capture.ServerToClient
	if client {
		dir = capture.ClientToServer
	} else {
		d.Write(dir, time.Time{}, []byte("* OK\r\n")) // the greeting
	}
	text = strings.TrimRight(text, "\r\n") + "\r\n"
	events := append([]decode.Event(nil), d.Write(dir, time.Time{}, []byte(text))...)
	if m := firstMessage(events); m != nil {
		return m
	}
	return firstMessage(d.Close(time.Time{}, capture.ErrEnd))
}

func firstMessage(events []decode.Event) *decode.Message {
	for _, e := range events {
		if m, ok := e.(*decode.Message); ok {
			c := *m
			c.Raw = bytes.Clone(m.Raw)
			return &c
		}
	}
	return nil
}

// saidByClient guesses who says a line: a server says "*", "+", or a status behind
// the tag.
func saidByClient(text string) bool {
	switch first, _, _ := strings.Cut(text, " "); first {
	case "*", "+":
		return false
	}
	switch strings.ToUpper(second(text)) {
	case "OK", "NO", "BAD":
		return false
	}
	return true
}

func second(text string) string {
	f := strings.Fields(text)
	if len(f) < 2 {
		return ""
	}
	return f[1]
}

func isCommand(word string) bool {
	_, ok := protocol.Lookup(protocol.Command, word)
	return ok || strings.EqualFold(word, "UID")
}

// stateNamed is the state of a name; nil if there is none.
func stateNamed(name string) *session.State {
	for s := session.Awaited; s <= session.Closed; s++ {
		if strings.EqualFold(s.String(), name) {
			return &s
		}
	}
	return nil
}

func stateList(set session.Set) string {
	var out []string
	for _, s := range set.States() {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// states explains the table of states, or one state of it.
func (x *explainer) states(one *session.State) error {
	about := print.Explanation{Title: "The states of a connection", Sentence: "RFC 1176 does not name them; the names are those of RFC 3501, section 3."}
	if one != nil {
		about.Title, about.Sentence = "State: "+one.String(), ""
		var permitted []string
		for en := range protocol.Of(protocol.Command) {
			if set, ok := session.Permitted(en.Name); ok && set.Has(*one) {
				permitted = append(permitted, en.Name)
			}
		}
		if len(permitted) > 0 {
			about.Sentence = "Permitted: " + strings.Join(permitted, " ") + "."
		}
	}
	for _, row := range session.Table() {
		if one != nil && !row.From.Has(*one) && row.To != *one {
			continue
		}
		about.Words = append(about.Words, view.Word{
			Text:    row.On,
			Meaning: fmt.Sprintf("From %s to %s: %s.", stateList(row.From), row.To, row.Why),
			Cite:    row.Cite,
		})
	}
	return print.Explain(x.out.out, x.o, about)
}
