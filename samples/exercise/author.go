package exercise

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"imapscope/samples/server"
	"imapscope/samples/stage"
)

// An author writes the commands of a client. It tries them on a server, to know the contents of
// the mailbox.
type author struct {
	rand   *rand.Rand
	client *stage.Client
	user   string
	tag    func(n int) string

	trial  *server.Server
	mind   *server.Session // answers the trials
	box    string          // the selected mailbox, or ""
	exists int             // number of messages in box
	fixed  bool            // box is read-only

	fault int // the number of the faulty command, from 1; 0 if none
}

// tagStyles are the formats of tags.
var tagStyles = [...]string{"A%03d", "a%d", "%d", "T%02d", "%05d", "x%d", "tag%d", "C%d"}

func newAuthor(r *rand.Rand, user string, client *stage.Client) (*author, error) {
	a := &author{rand: r, user: user, client: client}
	style, first := tagStyles[r.IntN(len(tagStyles))], r.IntN(3)
	a.tag = func(n int) string { return fmt.Sprintf(style, first+n) }
	var err error
	if a.trial, err = newServer(); err != nil {
		return nil, err
	}
	a.mind = a.trial.NewSession()
	a.mind.Greeting()
	return a, nil
}

// say adds a command. A line feed in it follows the announcement of a literal: the rest is sent
// when the server is ready for it.
func (a *author) say(format string, args ...any) *stage.Command {
	tag := a.tag(len(a.client.Commands))
	return a.add(tag, tag+" "+fmt.Sprintf(format, args...))
}

// add adds a command with a tag of its own.
func (a *author) add(tag, text string) *stage.Command {
	c := stage.Command{Tag: tag, Pause: a.pause()}
	for i, part := range strings.Split(text, "\n") {
		c.Parts = append(c.Parts, stage.Part{Octets: []byte(part + "\r\n"), Ready: i > 0})
	}
	a.client.Commands = append(a.client.Commands, c)
	var answer []byte
	for _, p := range c.Parts {
		b, _ := a.mind.Write(p.Octets)
		answer = append(answer, b...)
	}
	a.learn(answer)
	return a.last()
}

// last returns the last command.
func (a *author) last() *stage.Command { return &a.client.Commands[len(a.client.Commands)-1] }

// faulty marks the last command as the one with the fault.
func (a *author) faulty() *stage.Command {
	a.fault = len(a.client.Commands)
	return a.last()
}

// pause returns the pause before a command: most are short, some as long as a person reads.
func (a *author) pause() time.Duration {
	if a.rand.IntN(4) == 0 {
		return time.Duration(a.rand.IntN(8000)) * time.Millisecond
	}
	return time.Duration(a.rand.IntN(900)) * time.Millisecond
}

// learn updates the state of the mailbox from the answer to a trial.
func (a *author) learn(answer []byte) {
	for line := range bytes.Lines(answer) {
		var n int
		var word string
		if k, _ := fmt.Sscanf(string(line), "* %d %s\r\n", &n, &word); k < 2 {
			continue
		}
		switch word {
		case "EXISTS":
			a.exists = n
		case "EXPUNGE":
			a.exists--
		}
	}
}

func (a *author) pick(list ...string) string { return list[a.rand.IntN(len(list))] }

// number returns a random message number.
func (a *author) number() int { return 1 + a.rand.IntN(max(a.exists, 1)) }

// sequence returns a random sequence of messages.
func (a *author) sequence() string {
	low, high := a.number(), a.number()
	switch {
	case low > high:
		low, high = high, low
	case low == high:
		return fmt.Sprint(low)
	}
	if a.rand.IntN(4) == 0 {
		return fmt.Sprintf("%d,%d", low, high)
	}
	return fmt.Sprintf("%d:%d", low, high)
}

// login logs in.
func (a *author) login() {
	if a.rand.IntN(4) == 0 {
		a.say("LOGIN %s {%d}\n%s", a.user, len(users[a.user]), users[a.user])
		return
	}
	a.say("LOGIN %s %s", a.user, users[a.user])
}

// open selects a mailbox that has messages.
func (a *author) open(box string) *stage.Command {
	a.box, a.fixed = box, false
	return a.say("SELECT %s", box)
}

// board selects a bulletin board.
func (a *author) board() {
	a.box, a.fixed = a.pick("announcements", "music"), true
	a.say("BBOARD %s", a.box)
}

// writable ensures that the mailbox is writable and holds at least two messages.
func (a *author) writable() {
	if a.box == "" || a.fixed || a.exists < 2 {
		a.open("archive")
	}
	if a.exists < 2 {
		a.open("INBOX")
	}
}

// A scene is a correct action of a client, with its requirements.
type scene struct {
	weight int
	change bool // it changes the mailbox
	play   func(*author)
}

var scenes = [...]scene{
	{4, false, func(a *author) { a.say("FETCH %s %s", a.sequence(), a.pick("ALL", "FAST", "FLAGS", "ENVELOPE")) }},
	{2, false, func(a *author) {
		a.say("FETCH %d (%s)", a.number(), a.pick("FLAGS RFC822.SIZE", "ENVELOPE FLAGS", "INTERNALDATE ENVELOPE", "FLAGS RFC822.HEADER"))
	}},
	{3, false, func(a *author) { a.say("FETCH %d %s", a.number(), a.pick("RFC822", "RFC822.TEXT", "RFC822.HEADER")) }},
	{2, false, func(a *author) {
		a.say("FETCH %d FLAGS", a.number())
		a.say("FETCH %d %s", a.number(), a.pick("ENVELOPE", "RFC822.SIZE", "INTERNALDATE")).Together = true
	}},
	{3, false, func(a *author) {
		a.say("SEARCH %s", a.pick("ALL", "UNSEEN", "SEEN FLAGGED", "FROM betty", "SUBJECT lunch", "DELETED", "SINCE 8-May-91", "NEW", "TEXT \"the figures\"", "BEFORE 1-Jun-91 UNANSWERED"))
	}},
	{1, false, func(a *author) {
		word := a.pick("bowling", "lunch", "list", "crane")
		a.say("SEARCH SUBJECT {%d}\n%s", len(word), word)
	}},
	{2, false, func(a *author) { a.say("NOOP") }},
	{2, false, func(a *author) { a.say("CHECK") }},
	{1, false, func(a *author) { a.say("FIND %s", a.pick("MAILBOXES *", "MAILBOXES a%", "BBOARDS *", "MAILBOXES l*")) }},
	{1, false, func(a *author) { a.say("COPY %d %s", a.number(), a.pick("archive", "lists")) }},
	{3, true, func(a *author) {
		a.say("STORE %s %sFLAGS (%s)", a.sequence(), a.pick("+", "-"), a.pick(`\Flagged`, `\Seen`, `\Answered`, `\Seen \Flagged`))
	}},
	{1, true, func(a *author) { a.expunge() }},
	{1, false, func(a *author) { a.open(a.pick("INBOX", "archive", "lists")) }},
	{1, false, func(a *author) { a.board() }},
}

// expunge removes a message or two.
func (a *author) expunge() *stage.Command {
	n := a.number()
	a.say("STORE %d +FLAGS (\\Deleted)", n)
	return a.say("EXPUNGE")
}

// scenes adds n correct actions.
func (a *author) scenes(n int) {
	all := 0
	for i := range scenes {
		all += scenes[i].weight
	}
	for range n {
		if a.exists < 2 {
			a.open("INBOX")
			continue
		}
		at := a.rand.IntN(all)
		for i := range scenes {
			if at -= scenes[i].weight; at >= 0 {
				continue
			}
			if scenes[i].change && a.fixed {
				a.say("NOOP")
			} else {
				scenes[i].play(a)
			}
			break
		}
	}
}
