package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Server holds mailboxes, and the users who may read them. Its methods may be called concurrently.
type Server struct {
	opts   Options
	quirks []*Quirk

	mu      sync.Mutex
	users   map[string]map[string]*mailbox // by user in lower case, by mailbox
	bboards map[string]*mailbox
}

// New returns a Server. It fails if the mail in Options cannot be read, or a quirk is unknown.
func New(o Options) (*Server, error) {
	s := &Server{opts: o.withDefaults(), users: make(map[string]map[string]*mailbox)}
	var err error
	if s.quirks, err = quirksNamed(o.Quirks); err != nil {
		return nil, err
	}
	s.bboards, err = s.read("bboards", true)
	if err == nil {
		_, err = s.read("mailboxes", false)
	}
	return s, err
}

// read reads a folder of mbox files.
func (s *Server) read(folder string, readOnly bool) (map[string]*mailbox, error) {
	names, err := fs.Glob(s.opts.Mail, path.Join(folder, "*.mbox"))
	if err != nil {
		return nil, err
	}
	all := make(map[string]*mailbox)
	for _, n := range names {
		b, err := fs.ReadFile(s.opts.Mail, n)
		if err != nil {
			return nil, fmt.Errorf("the server's mail: %w", err)
		}
		name := strings.TrimSuffix(path.Base(n), ".mbox")
		all[name] = newMailbox(name, readOnly, readMbox(b))
	}
	if !readOnly && all["INBOX"] == nil {
		all["INBOX"] = newMailbox("INBOX", false, nil)
	}
	return all, nil
}

// login returns the user's mailboxes; ok is false if the password is wrong.
func (s *Server) login(user, password string) (map[string]*mailbox, bool) {
	for name, p := range s.opts.Users {
		if strings.EqualFold(name, user) && p == password {
			return s.mailboxes(user), true
		}
	}
	return nil, false
}

// mailboxes returns a user's own mailboxes, which are created at the first call.
func (s *Server) mailboxes(user string) map[string]*mailbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	user = strings.ToLower(user)
	if s.users[user] == nil {
		s.users[user], _ = s.read("mailboxes", false) // cannot fail: it was read before
	}
	return s.users[user]
}

// Deliver adds a message in mbox format to a user's INBOX. It is reported to sessions with the
// response to their next command.
func (s *Server) Deliver(user string, mbox []byte) error {
	if !s.mailboxes(user)["INBOX"].add(readMbox(mbox)...) {
		return errors.New("the mailbox is full")
	}
	return nil
}

// acceptPause is the pause after a temporary failure of Accept.
const acceptPause = 50 * time.Millisecond

// Serve answers clients until ctx is done, and then closes their connections. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() }) //nolint:errcheck // ends Accept
	defer stop()
	var clients sync.WaitGroup
	defer clients.Wait()
	room := make(chan struct{}, s.opts.MaxConns)
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			if t, ok := err.(interface{ Temporary() bool }); ok && t.Temporary() && !errors.Is(err, net.ErrClosed) {
				time.Sleep(acceptPause) // until clients leave and their descriptors are free
				continue
			}
			return err
		}
		select {
		case room <- struct{}{}:
		default:
			fmt.Fprint(c, "* BYE too many clients\r\n")
			c.Close()
			continue
		}
		clients.Go(func() {
			defer func() { <-room }()
			s.ServeConn(ctx, c)
		})
	}
}

// ServeConn answers one client until either side ends the conversation, or ctx is done. It
// closes c.
func (s *Server) ServeConn(ctx context.Context, c net.Conn) {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() }) // ends Read
	defer stop()
	x := s.NewSession()
	log := s.opts.Log.With("client", c.RemoteAddr())
	log.Info("connected")
	defer log.Info("disconnected")
	out := bufio.NewWriter(c)
	say := func(b []byte) bool {
		_, err := out.Write(b)
		return err == nil && out.Flush() == nil
	}
	if !say(x.Greeting()) {
		return
	}
	buf := make([]byte, 4<<10)
	for {
		n, err := c.Read(buf)
		answer, more := x.Write(buf[:n])
		if len(answer) > 0 && s.opts.Delay > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(s.opts.Delay):
			}
		}
		if !say(answer) || !more || err != nil {
			return
		}
	}
}

// names returns the keys of m, sorted.
func names[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
