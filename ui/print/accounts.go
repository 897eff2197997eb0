package print

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"imapscope/decode/account"
	"imapscope/decode/session"
	"imapscope/ui/view"
)

// maxAccounts bounds how many accounts and addresses the text of --stats lists, and
// maxBoxes how many mailboxes of each account; the rest is counted.
const (
	maxAccounts = 100
	maxBoxes    = 50
)

// Accounts writes what connections showed about accounts: who was logged in, how often at
// once, what changed in mailboxes and who did it. It writes nothing if no one was.
func Accounts(w io.Writer, a *account.Accounts) error {
	var out strings.Builder
	for i, u := range a.Users {
		if i == maxAccounts {
			fmt.Fprintf(&out, "\n%d accounts more\n", len(a.Users)-i)
			break
		}
		writeAccount(&out, u)
	}
	if len(a.Users) > 0 && len(a.Addresses) > 0 {
		out.WriteString("\n")
		for i, x := range a.Addresses {
			if i == maxAccounts {
				fmt.Fprintf(&out, "from %d other addresses\n", len(a.Addresses)-i)
				break
			}
			fmt.Fprintf(&out, "from %s: %s, %s\n", x.Addr, view.Count(x.Conns, "connection"), most(x.Most))
		}
	}
	if !a.Start.IsZero() {
		fmt.Fprintf(&out, "before %s: more than is kept, not included\n", view.Stamp(a.Start))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// BriefAccounts writes one line for each account, with what is strange about its mailboxes: that
// UIDVALIDITY changed, and what went back. It writes nothing if there is no account.
func BriefAccounts(w io.Writer, a *account.Accounts) error {
	if len(a.Users) == 0 {
		return nil
	}
	var out strings.Builder
	out.WriteString("accounts:\n")
	for i, u := range a.Users {
		if i == maxAccounts {
			fmt.Fprintf(&out, "  %d accounts more\n", len(a.Users)-i)
			break
		}
		fmt.Fprintf(&out, "  %s at %s: %s, %s\n", view.UserName(u), u.Server, view.Count(len(u.Uses), "connection"), most(u.Most))
		for k, b := range u.Mailboxes {
			if k == maxBoxes {
				fmt.Fprintf(&out, "    %d mailboxes more\n", len(u.Mailboxes)-k)
				break
			}
			fmt.Fprintf(&out, "    %s\n", view.MailboxName(b.Name))
			writeStrange(&out, b, "      ")
		}
	}
	out.WriteString("\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// changed reports whether a mailbox has another UIDVALIDITY than before, or a figure of it
// went back.
func changed(b *account.Mailbox) bool { return len(b.Validities) > 1 || len(b.Backs) > 0 }

func most(m account.Most) string {
	if m.N <= 1 {
		return fmt.Sprintf("%d at once at most", m.N)
	}
	return fmt.Sprintf("%d at once at most (from %s)", m.N, view.Stamp(m.At))
}

func writeAccount(out *strings.Builder, u *account.Account) {
	fmt.Fprintf(out, "\n%s at %s: %s, %s\n", view.UserName(u), u.Server, view.Count(len(u.Uses), "connection"), most(u.Most))
	writeIdles(out, u.Idles)
	for i, b := range u.Mailboxes {
		if i == maxBoxes {
			fmt.Fprintf(out, "  %d mailboxes more\n", len(u.Mailboxes)-i)
			return
		}
		writeMailbox(out, b)
	}
}

// writeIdles writes how long IDLE lasted, and what ended it.
func writeIdles(out *strings.Builder, idles []account.Idle) {
	if len(idles) == 0 {
		return
	}
	var longest *account.Idle
	ends := map[string]int{}
	open := 0
	for i := range idles {
		x := &idles[i]
		if x.To.IsZero() {
			open++
			continue
		}
		ends[x.By]++
		if longest == nil || x.To.Sub(x.From) > longest.To.Sub(longest.From) {
			longest = x
		}
	}
	fmt.Fprintf(out, "  IDLE: %s", view.Count(len(idles), "time"))
	if longest != nil {
		fmt.Fprintf(out, ", the longest %s (%s, ended by %s)", view.Duration(longest.To.Sub(longest.From)),
			view.Number(longest.Conn.ID, longest.Txn, true), idleEnd(longest.By))
	}
	for _, by := range []string{"client", "server", ""} {
		if n := ends[by]; n > 0 {
			fmt.Fprintf(out, "; %d ended by %s", n, idleEnd(by))
		}
	}
	if open > 0 {
		fmt.Fprintf(out, "; of %d the end was not captured", open)
	}
	out.WriteString("\n")
}

// idleEnd returns what ended an IDLE, in words.
func idleEnd(by string) string {
	if by == "" {
		return "the end of the connection"
	}
	return "the " + by
}

func writeMailbox(out *strings.Builder, b *account.Mailbox) {
	fmt.Fprintf(out, "  %s: selected %s%s\n", view.MailboxName(b.Name), view.Count(b.Sessions(), "time"), view.MailboxFigures(b))
	writeStrange(out, b, "    ")
	for _, k := range view.Works(b) {
		if words := workWords(k); words != "" {
			fmt.Fprintf(out, "    connection %d %s\n", k.Conn.ID, words)
		}
	}
}

// writeStrange writes how UIDVALIDITY changed, and what went back.
func writeStrange(out *strings.Builder, b *account.Mailbox, indent string) {
	for i, v := range b.Validities {
		if i > 0 {
			fmt.Fprintf(out, "%s%s\n", indent, view.ValidityChange(b.Validities[i-1], v))
		}
	}
	for i := range b.Backs {
		fmt.Fprintf(out, "%s%s\n", indent, view.WentBack(&b.Backs[i]))
	}
}

// workWords returns what a connection did in a mailbox.
func workWords(k *view.Work) string {
	var did []string
	add := func(n int, what string) {
		if n > 0 {
			did = append(did, fmt.Sprintf(what, view.Count(n, "message")))
		}
	}
	add(k.Flags, "changed flags of %s")
	add(k.Expunged, "expunged %s")
	add(k.Appended, "appended %s")
	add(k.Copied, "copied %s to another mailbox")
	add(k.Received, "copied %s here")
	if n := k.SawFlags + k.SawExpunged; n > 0 {
		s := "saw " + view.Count(n, "change") + " by others"
		if k.SawCause > 0 {
			s += fmt.Sprintf(" (%d of them captured)", k.SawCause)
		}
		did = append(did, s)
	}
	return strings.Join(did, ", ")
}

// Accounts writes the lines of accounts: one for each address and account, and one for each
// change of a mailbox's messages.
func (j *JSON) Accounts(a *account.Accounts) error {
	for _, x := range a.Addresses {
		err := j.enc.Encode(struct {
			Type  string `json:"type"`
			Addr  string `json:"address"`
			Conns int    `json:"connections"`
			Most  mostAt `json:"most"`
		}{"address", x.Addr.String(), x.Conns, mostOf(x.Most)})
		if err != nil {
			return err
		}
	}
	for _, u := range a.Users {
		if err := j.account(u); err != nil {
			return err
		}
	}
	return nil
}

// mostAt is the maximum number of connections at the same time.
type mostAt struct {
	N    int   `json:"n"`
	Time stamp `json:"time"`
}

func mostOf(m account.Most) mostAt { return mostAt{m.N, stamp(m.At)} }

// eventAt is where something was reported.
type eventAt struct {
	File quoted `json:"file,omitempty"`
	Conn uint64 `json:"conn"`
	N    int    `json:"n,omitempty"`
	Time stamp  `json:"time"`
}

func atOf(e *account.Event) eventAt {
	return eventAt{quoted(e.Conn.Source), uint64(e.Conn.ID), e.Fact.Txn, stamp(e.Fact.Time)}
}

// useLine is the time for which a connection was logged in.
type useLine struct {
	File quoted `json:"file,omitempty"`
	Conn uint64 `json:"conn"`
	From stamp  `json:"from"`
	To   stamp  `json:"to"`
	End  quoted `json:"end"`
}

type idleLine struct {
	File    quoted  `json:"file,omitempty"`
	Conn    uint64  `json:"conn"`
	N       int     `json:"n"`
	From    stamp   `json:"from"`
	To      stamp   `json:"to"`
	Seconds float64 `json:"seconds"`
	By      string  `json:"by"`
}

func (j *JSON) account(u *account.Account) error {
	uses := make([]useLine, 0, len(u.Uses))
	for _, x := range u.Uses {
		uses = append(uses, useLine{quoted(x.Conn.Source), uint64(x.Conn.ID), stamp(x.From), stamp(x.To), quoted(x.End)})
	}
	idles := make([]idleLine, 0, len(u.Idles))
	for _, x := range u.Idles {
		l := idleLine{File: quoted(x.Conn.Source), Conn: uint64(x.Conn.ID), N: x.Txn, From: stamp(x.From), To: stamp(x.To), By: x.By}
		if !x.To.IsZero() {
			l.Seconds = float64(x.To.Sub(x.From)) / float64(time.Second)
		}
		idles = append(idles, l)
	}
	err := j.enc.Encode(struct {
		Type   string     `json:"type"`
		Server string     `json:"server"`
		User   quoted     `json:"user"`
		Most   mostAt     `json:"most"`
		Uses   []useLine  `json:"connections"`
		Idles  []idleLine `json:"idles"`
	}{"account", u.Server, quoted(u.User), mostOf(u.Most), uses, idles})
	for _, b := range u.Mailboxes {
		if err == nil {
			err = j.mailbox(u, b)
		}
	}
	return err
}

// Together leaves in a the accounts of which more than one connection was logged in, and of their
// mailboxes those that are not what they were: what findings about one connection do not show.
func Together(a *account.Accounts) *account.Accounts {
	a.Users = slices.DeleteFunc(a.Users, func(u *account.Account) bool {
		return !slices.ContainsFunc(u.Uses, func(x *account.Use) bool { return x.Conn != u.Uses[0].Conn })
	})
	if len(a.Users) == 0 {
		a.Addresses = nil
	}
	for _, u := range a.Users {
		u.Mailboxes = slices.DeleteFunc(u.Mailboxes, func(b *account.Mailbox) bool { return !changed(b) })
		for _, b := range u.Mailboxes { // a Linter does not report all changes of messages
			b.Events = slices.DeleteFunc(b.Events, func(e *account.Event) bool {
				return e.Fact.Kind != session.Selected && e.Fact.Kind != session.Reported
			})
		}
	}
	return a
}
