// Package client implements the client of imapscope demo: one short conversation with a server that shows the features of the protocol.
//
// # Rules
//
//   - A server with a quirk may never answer: the client waits a little, and continues.
//   - It ends when the server closes the connection, or with the context.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// answerTimeout is how long the client waits for a response.
const answerTimeout = 2 * time.Second

// conversation returns the client's commands, a line each. A line that begins with "+" is
// sent together with the one before it; "{}" is where a literal goes, once the server is
// ready for it.
func conversation() []string {
	return []string{
		"LOGIN fred secret",
		"SELECT INBOX",
		"FETCH 1:12 ALL",
		"FETCH 3 RFC822",
		"SEARCH SUBJECT {} \"lunch on\"",
		"FETCH 1 FLAGS",
		"+FETCH 2 FLAGS",
		"+STORE 1 +FLAGS (\\Flagged)",
		"FIND MAILBOXES *",
		"COPY 4 archive",
		"CAPABILITY",
		"FETCH 99 ALL",
		"EXPUNGE",
		"LOGOUT",
	}
}

// Converse connects to addr and has the conversation, with a pause before each command.
// Only a failure to connect is an error.
func Converse(ctx context.Context, addr string, pause time.Duration) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })() // ends a Read
	c := &client{conn: conn, in: bufio.NewReader(conn), lines: conversation()}
	err = c.await("* ")
	for next := 0; next < len(c.lines) && !ended(err); {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		next, err = c.send(next)
	}
	return nil
}

type client struct {
	conn  net.Conn
	in    *bufio.Reader
	lines []string
}

// send sends the commands from first on that go out together, and awaits their answers.
// It returns the first command after them.
func (c *client) send(first int) (next int, err error) {
	var text strings.Builder
	for next = first; next == first || next < len(c.lines) && strings.HasPrefix(c.lines[next], "+"); next++ {
		command, literal, ok := strings.Cut(strings.TrimPrefix(c.lines[next], "+"), "{} ")
		if !ok {
			fmt.Fprintf(&text, "%s %s\r\n", tag(next), command)
			continue
		}
		literal = strings.Trim(literal, `"`)
		fmt.Fprintf(c.conn, "%s %s{%d}\r\n", tag(next), command, len(literal))
		if err := c.await("+"); ended(err) {
			return next, err
		}
		fmt.Fprintf(&text, "%s\r\n", literal)
	}
	if _, err := io.WriteString(c.conn, text.String()); err != nil {
		return next, err
	}
	for k := first; k < next && !ended(err); k++ {
		err = c.await(tag(k))
	}
	return next, err
}

// tag returns the tag of a command.
func tag(i int) string { return fmt.Sprintf("A%02d", i+1) }

// await reads lines up to one that begins with prefix.
func (c *client) await(prefix string) error {
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(answerTimeout)); err != nil {
			return err
		}
		line, err := c.in.ReadString('\n')
		if err != nil || strings.HasPrefix(line, prefix) {
			return err
		}
	}
}

// ended reports whether an error means that the conversation is over, which a timeout
// does not.
func ended(err error) bool {
	var n net.Error
	return err != nil && !(errors.As(err, &n) && n.Timeout())
}
