package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// maxNames bounds what a story distinguishes: a hostile client may invent any number of names.
const maxNames = 64

// maxNamed is how many names a sentence of the story has; the others are counted.
const maxNamed = 3

// story collects what a page's first sentences say.
type story struct {
	logins    view.Logins
	mailboxes []string // that were opened, each once
	commands  map[string]int
	total     int
	outcomes  [4]int    // transactions by how they ended
	slowest   *exchange // the one that took longest
}

// How a transaction ended.
const (
	succeeded = iota
	refused
	rejected
	unanswered
)

// add adds a transaction. Servers' legs of a proxy say everything a second time and are left
// out.
func (s *story) add(x *exchange, t *decode.Transaction, o view.Options) {
	if t.Leg == capture.ServerLeg || t.Outcome == decode.Orphan {
		return
	}
	s.logins.Add(t, o)
	s.total++
	if s.commands == nil {
		s.commands = make(map[string]int)
	}
	name := view.Inert(o.Hide(t.Known, t.Command))
	if t.Row == nil || s.commands[name] == 0 && len(s.commands) >= maxNames {
		name = ""
	}
	s.commands[name]++
	switch protocol.StatusEffect(t.Status) {
	case protocol.Succeeds:
		s.outcomes[succeeded]++
		if t.Row.Does(protocol.Selects) {
			s.opened(view.Inert(o.Hide(t.Known, t.Mailbox)))
		}
	case protocol.Refuses:
		s.outcomes[refused]++
	case protocol.Rejects:
		s.outcomes[rejected]++
	default:
		s.outcomes[unanswered]++
	}
	if x.took > 0 && (s.slowest == nil || x.took > s.slowest.took) {
		s.slowest = x
	}
}

func (s *story) opened(mailbox string) {
	if mailbox != "" && len(s.mailboxes) < maxNames && !slices.Contains(s.mailboxes, mailbox) {
		s.mailboxes = append(s.mailboxes, mailbox)
	}
}

// users returns who logged in, and who tried to but never succeeded.
func (s *story) users() (in, out []string) {
	for _, l := range s.logins.List {
		if name := cmp.Or(l.ActsAs, l.User); l.Outcome == "accepted" && name != "" && !slices.Contains(in, name) {
			in = append(in, name)
		}
	}
	for _, l := range s.logins.List {
		if l.Outcome == "refused" && l.User != "" && !slices.Contains(in, l.User) && !slices.Contains(out, l.User) {
			out = append(out, l.User)
		}
	}
	return in, out
}

// named returns names, with words for those that are masked. First says that they begin a
// sentence.
func named(names []string, first bool) []string {
	out := slices.Clone(names)
	for i, n := range out {
		switch {
		case n == view.Mask && i == 0 && first:
			out[i] = "A user whose name is masked"
		case n == view.Mask:
			out[i] = "a user whose name is masked"
		}
	}
	return out
}

// people returns the sentence about who was there and what they opened.
func (s *story) people() string {
	in, out := s.users()
	var parts []string
	if len(in) > 0 {
		parts = append(parts, list(named(in, true))+" logged in")
	}
	if len(out) > 0 {
		was := " was refused"
		if len(out) > 1 {
			was = " were refused"
		}
		parts = append(parts, list(named(out, len(in) == 0))+was+" at login")
	}
	if len(parts) == 0 {
		parts = append(parts, "No one is seen logging in")
	}
	if len(s.mailboxes) > 0 {
		noun := "the mailbox "
		if len(s.mailboxes) > 1 {
			noun = "the mailboxes "
		}
		verb := "opened "
		if len(parts) > 1 {
			verb = "the clients opened "
		} else if len(in) == 0 {
			verb = "the client opened "
		}
		parts = append(parts, verb+noun+list(s.mailboxes))
	}
	if len(in) > 0 && len(parts) == 2 && len(out) == 0 {
		return sentence(strings.Join(parts, " and "))
	}
	return sentence(strings.Join(parts, ", and "))
}

// work returns the sentence about the commands and how they ended.
func (s *story) work() string {
	if s.total == 0 {
		return "The client sent no command."
	}
	names := make([]string, 0, len(s.commands))
	for name := range s.commands {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.commands[b], s.commands[a]), cmp.Compare(a, b))
	})
	rest := s.total
	var most []string
	for _, name := range names[:min(maxNamed, len(names))] {
		rest -= s.commands[name]
		most = append(most, fmt.Sprintf("%d %s", s.commands[name], name))
	}
	if rest > 0 {
		most = append(most, fmt.Sprintf("%d others", rest))
		if rest == 1 {
			most[len(most)-1] = "1 other"
		}
	}
	text := view.Count(s.total, "command") + " (" + strings.Join(most, ", ") + ")"
	if s.outcomes[succeeded] == s.total {
		if s.total == 1 {
			return text + " succeeded."
		}
		return text + ", all of which succeeded."
	}
	var how []string
	for i, word := range [...]string{"succeeded", "refused", "rejected", "without an answer"} {
		if n := s.outcomes[i]; n > 0 {
			how = append(how, fmt.Sprintf("%d %s", n, word))
		}
	}
	return text + ": " + strings.Join(how, ", ") + "."
}

// list joins names: "a", "a and b", "a, b, c and 4 more".
func list(names []string) string {
	if n := len(names) - maxNamed; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), n)
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// sentence ends a text with a full stop.
func sentence(s string) string { return strings.TrimRight(s, ".") + "." }

// title returns a title for a page without one: who talked with whom, never a file's name.
func (p *Page) title() string {
	sessions := 0
	var servers []string
	for _, c := range p.conns {
		if c.Leg == capture.ServerLeg {
			continue
		}
		sessions++
		if at := view.Inert(c.Server.String()); len(servers) <= maxNamed && !slices.Contains(servers, at) {
			servers = append(servers, at)
		}
	}
	who := view.Count(sessions, "IMAP session")
	if sessions == 1 {
		who = "An IMAP session"
		if in, _ := p.story.users(); len(in) == 1 && in[0] != view.Mask {
			who = in[0] + "’s IMAP session"
		}
	}
	switch {
	case len(servers) == 0:
		return "An IMAP conversation"
	case len(servers) > maxNamed:
		return who + " with several servers"
	}
	return who + " with " + list(servers)
}

// wrong returns the sentence about what went wrong; empty if it was not looked for.
func (p *Page) wrong(c *causes) string {
	if c == nil {
		return ""
	}
	noted := ""
	if n := len(p.Findings) + p.unlisted; n > 0 {
		noted = " Of lesser weight: " + view.Count(n, "finding") + "."
	}
	switch n := len(c.List) + c.More; n {
	case 0:
		return c.Nothing + noted
	case 1:
		return sentence(c.List[0].Sentence)
	default:
		return sentence(c.List[0].Sentence) + " (" + view.Count(n-1, "more cause") + " below.)"
	}
}
