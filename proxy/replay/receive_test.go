package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/decode/script"
)

// moody is a server whose answer to a line depends on the line and on a seed: it may refuse it,
// send data before it, cut it into pieces, or close the connection after or in place of it.
func moody(t testing.TB, seed *atomic.Uint32) func(context.Context) (net.Conn, []byte, error) {
	return listen(t, func(ctx context.Context, l net.Listener) {
		var all sync.WaitGroup
		defer all.Wait()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mood := seed.Load()
			all.Go(func() {
				defer context.AfterFunc(ctx, func() { c.Close() })()
				defer c.Close()
				fmt.Fprint(c, "* OK\r\n")
				line := ""
				for lines := bufio.NewScanner(c); lines.Scan(); {
					if line += lines.Text(); strings.HasSuffix(line, "}") {
						fmt.Fprint(c, "+ go on\r\n")
						continue
					}
					if !answerIn(mood, c, line) {
						return
					}
					line = ""
				}
			})
		}
	})
}

// answerIn answers a command, and reports whether the connection remains.
func answerIn(mood uint32, c net.Conn, line string) bool {
	h := fnv.New32a()
	fmt.Fprint(h, mood, line)
	tag, rest, _ := strings.Cut(line, " ")
	switch n := h.Sum32() % 16; n {
	case 0:
		return false
	case 1:
		fmt.Fprintf(c, "* 12 EXISTS\r\n%s OK\r\n", tag)
		return false
	case 2, 3, 4:
		fmt.Fprintf(c, "%s %s\r\n", tag, []string{"NO", "BAD", "OK\r\n* BYE"}[n-2])
	case 5, 6:
		fmt.Fprintf(c, "* 3 FETCH (BODY[] {7}\r\n%s OK\r\n)\r\n", tag)
		time.Sleep(time.Millisecond)
		fmt.Fprintf(c, "%s O", tag)
		time.Sleep(time.Millisecond)
		fmt.Fprint(c, "K\r\n")
	default:
		fmt.Fprintf(c, "%s OK\r\n", tag)
	}
	return !strings.HasPrefix(rest, "LOGOUT")
}

// verdict is what a report says that does not depend on time.
func verdict(r *Report) string {
	counts := make(map[string]string)
	for _, c := range r.Commands {
		counts[c.Command] = fmt.Sprint(c.Now.TotalCount(), c.Sent.TotalCount(), c.Unanswered, c.Errors)
	}
	// A command that meets the end of the connection may have it reset, or not.
	end := regexp.MustCompile(`(said BYE and closed|reset) the connection`)
	failures := make(map[string]int64)
	for _, f := range r.Failures {
		failures[end.ReplaceAllString(f.Text, "closed the connection")] += f.Count
	}
	out := fmt.Sprintf("%d commands, %d errors, %d skipped\n", r.Tally.Commands, r.Errors, r.Skipped)
	for _, text := range slices.Sorted(maps.Keys(failures)) {
		out += fmt.Sprintln(failures[text], text)
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out += name + ": " + counts[name] + "\n"
	}
	return out
}

// apart is a connection that a goroutine of its own reads.
type apart struct{ net.Conn }

// A load has the same verdict whether sessions read themselves or not, and whether they keep
// messages or only statuses; and however often their memory is used.
func TestLoadsHaveTheSameVerdictHoweverTheyRead(t *testing.T) {
	var seed atomic.Uint32
	dial := moody(t, &seed)
	rapid.Check(t, func(rt *rapid.T) {
		seed.Store(rapid.Uint32().Draw(rt, "seed"))
		commands := []string{"LOGIN fred secret"}
		for range rapid.IntRange(1, 6).Draw(rt, "commands") {
			commands = append(commands, rapid.SampledFrom([]string{
				"NOOP", "SELECT INBOX", "FETCH 1:3 ALL", "XYZZY", "SEARCH ALL", "2: NOOP", "2: LOGIN fred secret", "FIND MAILBOXES {1}*",
			}).Draw(rt, "command"))
		}
		s := recording(t, append(commands, "LOGOUT")...)
		play := func(dial func(context.Context) (net.Conn, []byte, error), light bool) string {
			l := &Load{Player: &Player{Dial: dial, Light: light, Timeout: time.Minute}, Sessions: s.Sessions, Repeat: 2 * len(s.Sessions)}
			return verdict(l.Run(t.Context()))
		}
		want := play(dial, false)
		for name, got := range map[string]string{
			"light": play(dial, true),
			"light, read apart": play(func(ctx context.Context) (net.Conn, []byte, error) {
				c, greeting, err := dial(ctx)
				return apart{c}, greeting, err
			}, true),
		} {
			if got != want {
				rt.Fatalf("%s:\n%s\nwant\n%s\nof %q", name, got, want, commands)
			}
		}
	})
}

// small makes the system buffer little of a connection.
func small(c net.Conn) {
	t := c.(*net.TCPConn)
	_ = errors.Join(t.SetReadBuffer(16<<10), t.SetWriteBuffer(16<<10)) // then it buffers more
}

// Commands that wait for nothing are sent although the server sends long answers first, which no
// one reads while the session writes.
func TestPipelinedCommandsAreSentWhileAnswersAreLong(t *testing.T) {
	const commands = 30
	dial := listen(t, func(ctx context.Context, l net.Listener) {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer context.AfterFunc(ctx, func() { c.Close() })()
		defer c.Close()
		small(c)
		fmt.Fprint(c, "* OK\r\n")
		for lines := bufio.NewScanner(c); lines.Scan(); {
			tag, _, _ := strings.Cut(lines.Text(), " ")
			fmt.Fprintf(c, "* SEARCH %s\r\n%s OK\r\n", strings.Repeat("1 ", 20<<10), tag)
		}
	})
	s := noops(t, commands)
	for i := range s.Steps { // all at once
		x := &s.Steps[i]
		x.Needs = script.Needs{Greeting: true}
		x.Data = append(append(x.Data[:len(x.Data)-2:len(x.Data)-2], strings.Repeat(" x", 8<<10)...), "\r\n"...)
	}
	limited := func(ctx context.Context) (net.Conn, []byte, error) {
		c, greeting, err := dial(ctx)
		if err == nil {
			small(c)
		}
		return c, greeting, err
	}
	l := &Load{Player: &Player{Dial: limited, Light: true, Timeout: 10 * time.Second}, Sessions: []*script.Session{s}}
	if r := l.Run(t.Context()); r.Errors > 0 || r.All.Now.TotalCount() != commands {
		t.Errorf("%d errors, %d answers: %v", r.Errors, r.All.Now.TotalCount(), r.Failures)
	}
}
