package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// The load of a page: so many connections, each of which sends so many commands at once.
const (
	pageConns = 4
	pageBatch = 10
)

// quickServer answers each line with two, as fast as it can, until the test ends.
func quickServer(tb testing.TB) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r, w := bufio.NewReader(c), bufio.NewWriter(c)
				w.WriteString("* OK ready\r\n")
				for {
					if r.Buffered() == 0 {
						w.Flush()
					}
					line, err := r.ReadSlice('\n')
					if err != nil {
						return
					}
					tag, _, _ := bytes.Cut(line, []byte(" "))
					fmt.Fprintf(w, "* 3 EXISTS\r\n%s OK done\r\n", tag)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// loadedProxy is a proxy in this process.
type loadedProxy struct {
	addr string
	link string // of its page; may be empty
	end  func() (said string, err error)
}

// startLoadedProxy runs a proxy that shows nothing but what args ask for.
func startLoadedProxy(tb testing.TB, upstream string, args ...string) *loadedProxy {
	ctx, cancel := context.WithCancel(tb.Context())
	pr, pw := io.Pipe()
	root := newRoot(&env{out: io.Discard, err: pw})
	root.SetArgs(append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "--format", "none"}, args...))
	ended := make(chan error, 1)
	go func() {
		ended <- root.ExecuteContext(ctx)
		pw.Close()
	}()
	p := &loadedProxy{}
	said := bufio.NewScanner(pr)
	for p.addr == "" {
		if !said.Scan() {
			tb.Fatal(<-ended)
		}
		if m := regexp.MustCompile(`page at (\S+)`).FindStringSubmatch(said.Text()); m != nil {
			p.link = m[1]
		}
		if m := regexp.MustCompile(`listening on (\S+)`).FindStringSubmatch(said.Text()); m != nil {
			p.addr = m[1]
		}
	}
	rest := make(chan string, 1)
	go func() {
		var all strings.Builder
		for said.Scan() {
			fmt.Fprintln(&all, said.Text())
		}
		rest <- all.String()
	}()
	p.end = sync.OnceValues(func() (string, error) {
		cancel()
		err := <-ended
		return <-rest, err
	})
	tb.Cleanup(func() { p.end() })
	return p
}

// drive sends n commands through a proxy, at a rate per second (0: as many as pass), and
// returns how long it took, and the time of each batch from its sending to its last answer.
func drive(tb testing.TB, addr string, n int, rate float64) (took time.Duration, batches []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := time.Now()
	for i := range pageConns {
		all.Go(func() {
			own, err := driveOne(addr, i, n/pageConns, rate/pageConns, begin)
			if err != nil {
				tb.Error(err)
			}
			mu.Lock()
			batches = append(batches, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	slices.Sort(batches)
	return time.Since(begin), batches
}

func driveOne(addr string, conn, n int, rate float64, begin time.Time) (batches []time.Duration, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	if _, err := r.ReadString('\n'); err != nil {
		return nil, err
	}
	for sent := 0; sent < n; sent += pageBatch {
		if rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(float64(sent) / rate * float64(time.Second)))))
		}
		var out []byte
		for k := range pageBatch {
			out = fmt.Appendf(out, "c%d-%d NOOP\r\n", conn, sent+k)
		}
		at := time.Now()
		if _, err := c.Write(out); err != nil {
			return nil, err
		}
		for k := range pageBatch {
			for _, want := range []string{"* 3 EXISTS\r\n", fmt.Sprintf("c%d-%d OK done\r\n", conn, sent+k)} {
				if line, err := r.ReadSlice('\n'); err != nil || string(line) != want {
					return nil, fmt.Errorf("answered %q, %v; want %q", line, err, want)
				}
			}
		}
		batches = append(batches, time.Since(at))
	}
	return batches, nil
}

// follow looks at the page as a browser does that shows its newest rows, until ctx is done or the
// page has so many transactions. It returns how many events arrived, and how many transactions the last one counted.
func follow(ctx context.Context, tb testing.TB, link string, until int) (events, transactions int) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Error(err)
		return 0, 0
	}
	visitor := &http.Client{Jar: jar, Transport: new(http.Transport)}
	defer visitor.CloseIdleConnections()
	page, _, _ := strings.Cut(link, "?")
	get := func(address string) io.ReadCloser {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			tb.Error(err)
			return http.NoBody
		}
		res, err := visitor.Do(q)
		if err != nil {
			if ctx.Err() == nil {
				tb.Error(err)
			}
			return http.NoBody
		}
		if res.StatusCode != http.StatusOK {
			tb.Errorf("%s: %s", address, res.Status)
		}
		return res.Body
	}
	read := func(address string) {
		body := get(address)
		io.Copy(io.Discard, body)
		body.Close()
	}
	read(link)
	stream := get(page + "api/events")
	defer stream.Close()
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var state struct{ Transactions int }
		if err := json.Unmarshal([]byte(data), &state); err != nil {
			tb.Error(err)
		}
		events, transactions = events+1, state.Transactions
		read(fmt.Sprintf("%sapi/transactions?from=%d&rows=60", page, max(0, transactions-60)))
		read(page + "api/connections")
		if transactions >= until {
			break
		}
	}
	return events, transactions
}

// TestPageUnderLoad checks that what passes a proxy with a page that is looked at arrives whole,
// and that the page shows all of it in the end.
func TestPageUnderLoad(t *testing.T) {
	leaktest.Check(t)
	const n = 20_000
	p := startLoadedProxy(t, quickServer(t), "--web", "--web-no-browser")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only if it fails
	defer cancel()
	events, transactions := make(chan int, 1), make(chan int, 1)
	go func() {
		e, shown := follow(ctx, t, p.link, n)
		events <- e
		transactions <- shown
	}()
	drive(t, p.addr, n, 0)
	e, shown := <-events, <-transactions
	said, err := p.end()
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d events, the last of which counted %d transactions", e, shown)
	if e == 0 || e > n/10 {
		t.Errorf("%d events for %d transactions", e, n)
	}
	if shown != n {
		t.Errorf("%d of %d transactions are on the page; the proxy said %q", shown, n, said)
	}
}

// BenchmarkPage measures what a page costs the traffic of a proxy: as much as passes, and
// 10,000 transactions a second. Each round measures a proxy without a page, one with a page that no one looks
// at, and one with a page that a browser follows; the figures are medians over the rounds.
func BenchmarkPage(b *testing.B) {
	const n, rate = 40_000, 10_000
	server := quickServer(b)
	kinds := []string{"without", "unseen", "followed"}
	passed, kept, late := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	for b.Loop() {
		for _, kind := range kinds {
			var args []string
			if kind != "without" {
				args = []string{"--web", "--web-no-browser"}
			}
			p := startLoadedProxy(b, server, args...)
			ctx, cancel := context.WithCancel(b.Context())
			var looking sync.WaitGroup
			if kind == "followed" {
				looking.Go(func() { follow(ctx, b, p.link, 1<<62) })
			}
			took, _ := drive(b, p.addr, n, 0)
			passed[kind] = append(passed[kind], n/took.Seconds())
			took, batches := drive(b, p.addr, n, rate)
			kept[kind] = append(kept[kind], n/took.Seconds())
			late[kind] = append(late[kind], float64(batches[len(batches)*99/100].Microseconds()))
			cancel()
			looking.Wait()
			said, err := p.end()
			if err != nil {
				b.Error(err)
			}
			b.Log(kind, int(n/took.Seconds()), strings.TrimSpace(said))
		}
	}
	median := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
	for _, kind := range kinds {
		b.ReportMetric(median(passed[kind]), kind+"-tps")
		b.ReportMetric(median(kept[kind]), kind+"-tps-at-10k")
		b.ReportMetric(median(late[kind]), kind+"-p99-µs-at-10k")
	}
	b.ReportMetric(0, "ns/op")
}
