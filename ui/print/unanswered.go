package print

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"imapscope/decode"
	"imapscope/decode/script"
	"imapscope/ui/service"
	"imapscope/ui/view"
)

// Unanswered prints the commands for which a mock server has no recorded answer, as they
// arrive and in a list at the end. Its methods may be called concurrently.
type Unanswered struct {
	log     io.Writer
	repeats *service.Repeats

	mu    sync.Mutex
	count map[string]int
	first []string // the commands in order of first arrival
}

// NewUnanswered returns an Unanswered that writes a line to log for each client, and for the
// first few times that a command arrives.
func NewUnanswered(log io.Writer) *Unanswered {
	return &Unanswered{log: log, repeats: service.NewRepeats(func(kind string, n int64, over time.Duration) {
		fmt.Fprintf(log, "imapscope: %s: %d more in %s\n", kind, n, over.Round(time.Second))
	})}
}

// maxUnanswered is the maximum number of different commands that are listed.
const maxUnanswered = 100

// Connected prints that a client connected, and which session it gets.
func (u *Unanswered) Connected(client int64, addr net.Addr, s *script.Session) {
	if !u.repeats.Allow("clients") {
		return
	}
	fmt.Fprintf(u.log, "imapscope: client %d, %s: connection %d of %s\n", client, addr, s.Conn.ID, view.Inert(s.Conn.Origin))
}

// Missing prints and counts a command without an answer.
func (u *Unanswered) Missing(client int64, t *decode.Transaction) {
	line := requestLine(t)
	_, name, ok := strings.Cut(line, " ")
	if t == nil || !ok {
		name = line // it has no tag
	}
	if u.repeats.Allow("no answer recorded for: " + name) {
		fmt.Fprintf(u.log, "imapscope: client %d: no answer recorded for: %s\n", client, line)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count == nil {
		u.count = make(map[string]int)
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

// List writes to the log what is due, and to w the commands, the most frequent first. It
// returns how many different ones there were.
func (u *Unanswered) List(w io.Writer) (int, error) {
	u.repeats.Flush()
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
