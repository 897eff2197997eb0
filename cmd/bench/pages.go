package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A visitor asks imapscope web for what its page shows.
type visitor struct {
	client http.Client
	link   *url.URL
}

// web runs imapscope web, and asks for rows while it reads and afterwards.
func (p pace) web(ctx context.Context, imapscope, file string) (s sample, err error) {
	cmd := exec.CommandContext(ctx, imapscope, "web", "--no-browser", file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it removes its spool
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	endWithParent(cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s, err = p.visit(out, begin)
	_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	ended := cmd.Wait()
	if exit := new(exec.ExitError); errors.As(ended, &exit) && exit.ExitCode() == 130 {
		ended = nil // as after Ctrl-C
	}
	if err := errors.Join(err, ended); err != nil {
		return nil, err
	}
	s[peak.afterwards()] = float64(peakOf(cmd.ProcessState))
	return s, nil
}

// visit asks for rows of the page whose link is the first line of out.
func (p pace) visit(out io.Reader, begin time.Time) (sample, error) {
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("no link: %w", err)
	}
	at := strings.Index(line, "http")
	if at < 0 {
		return nil, fmt.Errorf("no link: %q", line)
	}
	v := new(visitor)
	if v.link, err = url.Parse(strings.TrimSpace(line[at:])); err != nil {
		return nil, err
	}
	if v.client.Jar, err = cookiejar.New(nil); err != nil {
		return nil, err
	}
	r, err := v.client.Get(v.link.String()) // for the cookie
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	s := sample{}
	for rows := 0; rows == 0; time.Sleep(time.Millisecond) {
		if _, rows, err = v.rows(0); err != nil {
			return nil, err
		}
		if time.Since(begin) > patience {
			return nil, errors.New("there are no rows")
		}
	}
	s[firstRows] = time.Since(begin).Seconds()
	reading, err := v.ask(p, true)
	if err != nil {
		return nil, err
	}
	reading.into(s, func(q quantity) quantity { return q })
	after, err := v.ask(p, false)
	after.into(s, quantity.afterwards)
	return s, err
}

// ask asks for windows of rows, as many as the pace has; if whileReading, not once all has been read,
// and otherwise not before.
func (v *visitor) ask(p pace, whileReading bool) (took times, err error) {
	total, _, err := v.rows(0)
	for len(took) < p.keys && err == nil {
		var ended bool
		if ended, err = v.ended(); err != nil || whileReading && ended {
			break
		}
		time.Sleep(p.pause)
		if !whileReading && !ended {
			continue
		}
		begin := time.Now()
		total, _, err = v.rows(rand.IntN(max(total, 1))) //nolint:gosec // no secret
		took = append(took, time.Since(begin))
	}
	return took, err
}

// rows asks for a window of the transactions. It returns how many there are, and how many are in
// the window.
func (v *visitor) rows(from int) (total, n int, err error) {
	var answer struct {
		Total int
		Rows  []json.RawMessage
	}
	err = v.get(fmt.Sprintf("/api/transactions?rows=100&from=%d", from), &answer)
	return answer.Total, len(answer.Rows), err
}

// ended reports whether all has been read.
func (v *visitor) ended() (bool, error) {
	var answer struct{ Ended bool }
	err := v.get("/api/state", &answer)
	return answer.Ended, err
}

// get reads a JSON answer.
func (v *visitor) get(path string, answer any) error {
	r, err := v.client.Get(v.link.Scheme + "://" + v.link.Host + path)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, r.Status)
	}
	return json.NewDecoder(r.Body).Decode(answer)
}
