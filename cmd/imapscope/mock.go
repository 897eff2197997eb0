package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/script"
	"imapscope/decode/wire"
	"imapscope/proxy"
	"imapscope/proxy/mock"
	"imapscope/samples/server"
	"imapscope/ui/view"
)

// mockFlags are the flags of mock.
type mockFlags struct {
	listen string
	pace   string
	strict bool
	ports  []uint16
}

func newMock(e *env) *cobra.Command {
	var o mockFlags
	c := &cobra.Command{
		Use:   "mock FILE… --listen ADDR",
		Short: "Stand in for the server of recorded sessions",
		Long: `mock answers clients as the server in capture files answered: for each command it
finds the recorded one that fits best (the next of the session; else the same octets
in the same state; else the same by meaning), and says what was said then, with the
client's tags. So a client's bug can be chased with no server at all.

Any name and password are let in as the recorded ones were. Each client gets the next
recorded session, in turn.

What the recording has no answer for is told on stderr. It is answered as the demo's
IMAP2 server would, with mail of its own; with --strict it is answered BAD. Ctrl-C
ends it, and lists these commands; the exit code is 1 then.`,
		Example: `  imapscope mock session.pcapng --listen 127.0.0.1:1143
  imapscope mock session.pcapng --listen 127.0.0.1:1143 --pace recorded --strict`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return o.run(c.Context(), e, files) },
	}
	f := c.Flags()
	f.StringVar(&o.listen, "listen", "", "where clients connect, `host:port`; port 0 is any that is free")
	f.StringVar(&o.pace, "pace", "none", "recorded, none (answer at once), or a multiple of the recorded times: 0.5x, 2x")
	f.BoolVar(&o.strict, "strict", false, "answer BAD to what the recording has no answer for")
	f.Var((*portList)(&o.ports), "port", "a server `port` beside 143 and 993 in the files (repeatable)")
	return c
}

func (o *mockFlags) run(ctx context.Context, e *env, files []string) error {
	if o.listen == "" {
		return usage("mock: where do clients connect? for example: --listen 127.0.0.1:1143")
	}
	pace, err := parsePace(o.pace)
	if err != nil {
		return err
	}
	s, err := recorded(ctx, files, o.ports)
	if err != nil {
		return err
	}
	left(e, s)
	t := &unanswered{e: e}
	opts := mock.Options{Pace: pace, Missing: t.missing, Connected: t.connected}
	if !o.strict {
		if opts.Fallback, err = fallback(s); err != nil {
			return err
		}
	}
	m := mock.New(s, opts)
	if m.Sessions() == 0 {
		return usage("no session of %s can be answered from", strings.Join(files, " "))
	}
	l, err := proxy.Listen(ctx, o.listen, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.err, "imapscope: answering on %s from %s; Ctrl-C ends it\n", l.Addr(), view.Count(m.Sessions(), "recorded session"))
	if err := m.Serve(ctx, l); err != nil {
		return err
	}
	return t.close()
}

// fallback is the sample server, for the users that the recording has.
func fallback(s *script.Script) (func() mock.Handler, error) {
	users := make(map[string]string)
	for _, x := range s.Sessions {
		for _, y := range x.Exchanges[1:] {
			for _, m := range y.Messages {
				if y.Command == "LOGIN" && m.Kind == decode.Request && y.User != "" {
					users[y.User] = password(m)
				}
			}
		}
	}
	srv, err := server.New(server.Options{Users: users})
	if err != nil {
		return nil, err
	}
	return func() mock.Handler { return srv.NewSession() }, nil
}

// unanswered is the commands that there was no answer for.
type unanswered struct {
	e     *env
	mu    sync.Mutex
	count map[string]int
	first []string
}

func (t *unanswered) connected(client int64, addr net.Addr, s *script.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.e.err, "imapscope: client %d, %s: connection %d of %s\n", client, addr, s.Conn.ID, view.Inert(s.Conn.Origin))
}

// maxUnanswered is how many different ones are listed.
const maxUnanswered = 100

func (t *unanswered) missing(client int64, m *wire.Message) {
	line := commandLine(m)
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.e.err, "imapscope: client %d: no answer recorded for: %s\n", client, line)
	if t.count == nil {
		t.count = make(map[string]int)
	}
	_, name, _ := strings.Cut(line, " ")
	if t.count[name] == 0 && len(t.first) < maxUnanswered {
		t.first = append(t.first, name)
	}
	if len(t.first) < maxUnanswered || t.count[name] > 0 {
		t.count[name]++
	}
}

// commandLine is a command for a person to read.
func commandLine(m *wire.Message) string {
	for _, ev := range decode.New(decode.Options{}).Write(capture.ClientToServer, time.Time{}, m.Raw) {
		if x, ok := ev.(*decode.Message); ok && x.Txn != nil {
			return view.Inert(view.Options{}.Request(x.Txn))
		}
	}
	return "(no whole command)"
}

// close lists them.
func (t *unanswered) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.first) == 0 {
		return nil
	}
	slices.SortStableFunc(t.first, func(a, b string) int { return t.count[b] - t.count[a] })
	for _, name := range t.first {
		if _, err := fmt.Fprintf(t.e.out, "%d× no answer recorded for: %s\n", t.count[name], name); err != nil {
			return err
		}
	}
	return errFindings
}
