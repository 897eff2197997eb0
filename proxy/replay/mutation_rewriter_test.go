package replay_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"imapscope/proxy/proxytest"
)

// A rewriter is a proxy in front of a place that makes one edit to what the server says.
type rewriter struct {
	place
	at   string // as mutation.at
	edit edit
	back func(request string) string // what undoes the edit in requests; may be nil

	mu      sync.Mutex
	seen    map[string]int // requests, by text
	command string         // the request that is being answered, with its number; "greeting"
	changed bool           // a byte of what the server said
}

// listen returns the address at which the rewriter takes one client after the other, until
// the test ends.
func (w *rewriter) listen(t *testing.T) string {
	var turn sync.Mutex
	return proxytest.Serve(t, func(c net.Conn) {
		turn.Lock()
		defer turn.Unlock()
		w.relay(c)
	})
}

// relay passes one conversation, until both sides have ended it.
func (w *rewriter) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.addr)
	if err != nil {
		return
	}
	defer server.Close()
	w.mu.Lock()
	w.command, w.seen = "greeting", make(map[string]int)
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() {
		w.requests(server, bufio.NewReader(client))
		server.Close()
	})
	both.Go(func() {
		w.answers(client, bufio.NewReader(server))
		client.Close()
	})
	both.Wait()
}

var (
	tagged = regexp.MustCompile(`^[ab]\d+ `)
	marker = regexp.MustCompile(`\{(\d+)\+?\}\r\n$`)
)

// line reads a line, and reports how many bytes of a literal follow; -1 for none.
func line(r *bufio.Reader) (text string, literal int, err error) {
	text, err = r.ReadString('\n')
	literal = -1
	if m := marker.FindStringSubmatch(text); m != nil {
		literal, _ = strconv.Atoi(m[1])
	}
	return text, literal, err
}

// requests passes what the client sends, and notes each request.
func (w *rewriter) requests(server io.Writer, client *bufio.Reader) {
	within := false
	for {
		text, literal, err := line(client)
		if err != nil {
			return
		}
		if tag := tagged.FindString(text); tag != "" && !within {
			w.request(strings.TrimSuffix(strings.TrimPrefix(text, tag), "\r\n"))
			text = strings.Replace(text, "LOGIN fred ", "LOGIN "+w.user+" ", 1)
			if w.back != nil {
				text = w.back(text)
			}
		}
		if _, err := io.WriteString(server, text); err != nil {
			return
		}
		if within = literal >= 0; within {
			if _, err := io.CopyN(server, client, int64(literal)); err != nil {
				return
			}
		}
	}
}

// request notes the request that the server answers next, with a number if it is not
// the first of its kind.
func (w *rewriter) request(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[text]++; w.seen[text] > 1 {
		text += fmt.Sprint(" #", w.seen[text])
	}
	w.command = text
}

// answers passes what the server sends, answer by answer.
func (w *rewriter) answers(client io.Writer, server *bufio.Reader) {
	var answer []string
	for {
		m, err := read(server)
		if m != "" {
			answer = append(answer, strings.ReplaceAll(m, w.user, "fred"))
		}
		w.mu.Lock()
		whole := err != nil || w.command == "greeting" || strings.HasPrefix(m, "+") || tagged.MatchString(m)
		w.mu.Unlock()
		if !whole {
			continue
		}
		for _, m := range w.edited(answer) {
			if m == "" { // the server ends the conversation here
				return
			}
			if _, err := io.WriteString(client, m); err != nil {
				return
			}
		}
		if answer = nil; err != nil {
			return
		}
	}
}

// read reads one message of the server with its literals.
func read(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		text, literal, err := line(r)
		b.WriteString(text)
		if err != nil || literal < 0 {
			return b.String(), err
		}
		if _, err := io.CopyN(&b, r, int64(literal)); err != nil {
			return b.String(), err
		}
	}
}

// edited makes the edit if the answer is to the request that it is for.
func (w *rewriter) edited(answer []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.edit == nil || len(answer) == 0 || !regexp.MustCompile("^(?:"+w.at+")").MatchString(w.command) {
		return answer
	}
	if w.at != anywhere && !strings.Contains(w.at, "#") && strings.Contains(w.command, " #") {
		return answer
	}
	before := strings.Join(answer, "")
	after := w.edit(append([]string(nil), answer...))
	w.changed = w.changed || strings.Join(after, "") != before
	return after
}

// anywhere is a mutation's place if it is every answer.
const anywhere = "."
