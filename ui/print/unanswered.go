package print

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"

	"imapscope/decode"
	"imapscope/decode/script"
	"imapscope/ui/view"
)

// Unanswered prints the commands for which a mock server has no recorded answer, as they
// arrive and in a list at the end. Its methods may be called concurrently.
type Unanswered struct {
	Log io.Writer // receives a line for each client and each command

	mu    sync.Mutex
	count map[string]int
	first []string // the commands in order of first arrival
}

// maxUnanswered is the maximum number of different commands that are listed.
const maxUnanswered = 100

// Connected prints that a client connected, and which session it gets.
func (u *Unanswered) Connected(client int64, addr net.Addr, s *script.Session) {
	u.mu.Lock()
	defer u.mu.Unlock()
	fmt.Fprintf(u.Log, "imapscope: client %d, %s: connection %d of %s\n", client, addr, s.Conn.ID, view.Inert(s.Conn.Origin))
}

// Missing prints and counts a command without an answer.
func (u *Unanswered) Missing(client int64, t *decode.Transaction) {
	line := requestLine(t)
	u.mu.Lock()
	defer u.mu.Unlock()
	fmt.Fprintf(u.Log, "imapscope: client %d: no answer recorded for: %s\n", client, line)
	if u.count == nil {
		u.count = make(map[string]int)
	}
	_, name, ok := strings.Cut(line, " ")
	if t == nil || !ok {
		name = line // it has no tag
	}
	if u.count[name] == 0 && len(u.first) < maxUnanswered {
		u.first = append(u.first, name)
	}
	if len(u.first) < maxUnanswered || u.count[name] > 0 {
		u.count[name]++
	}
}

// requestLine returns a request on one line, with secrets masked.
func requestLine(t *decode.Transaction) string {
	if t == nil {
		return "(no whole command)"
	}
	return view.Inert(view.Options{}.Request(t))
}

// List writes the commands, the most frequent first, and returns how many different ones
// there were.
func (u *Unanswered) List(w io.Writer) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	slices.SortStableFunc(u.first, func(a, b string) int { return u.count[b] - u.count[a] })
	for _, name := range u.first {
		if _, err := fmt.Fprintf(w, "%d× no answer recorded for: %s\n", u.count[name], name); err != nil {
			return len(u.first), err
		}
	}
	return len(u.first), nil
}
