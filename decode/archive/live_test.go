package archive_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
)

// TestReadWhileWritten has readers at work while the writer is: what they see is
// whole, keeps its number, and goes on from running to ended.
func TestReadWhileWritten(t *testing.T) {
	a, err := archive.NewSmall(archive.Options{Dir: t.TempDir()}, 512, 4096, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	stop := make(chan struct{})
	var readers, begun sync.WaitGroup
	for seed := range uint64(3) {
		begun.Add(1)
		readers.Go(func() {
			l := looker{a: a, r: a.Reader(), rnd: rand.New(rand.NewPCG(seed, 0)), ended: make(map[int]bool)}
			for first := true; ; first = false {
				changed := a.Changed()
				if err := l.look(); err != nil {
					t.Error(err)
					if first {
						begun.Done()
					}
					return
				}
				if first {
					begun.Done()
				}
				select {
				case <-changed:
				case <-stop:
					return
				}
			}
		})
	}
	begun.Wait()
	session(t, a.Writer(), 4, 1500)
	close(stop)
	readers.Wait()
	if n := 4 * 1502; a.Len() != n {
		t.Errorf("%d transactions, want %d", a.Len(), n)
	}
	l := looker{a: a, r: a.Reader(), rnd: rand.New(rand.NewPCG(9, 9)), ended: make(map[int]bool)}
	for range 200 {
		if err := l.look(); err != nil {
			t.Fatal(err)
		}
	}
}

// looker looks at anything, and says what is wrong with it.
type looker struct {
	a     *archive.Archive
	r     *archive.Reader
	rnd   *rand.Rand
	ended map[int]bool
}

func (l *looker) look() error {
	n := l.a.Len()
	if n == 0 {
		return nil
	}
	i := l.rnd.IntN(n)
	if l.rnd.IntN(2) == 0 {
		i = n - 1 // where it is written
	}
	row := l.a.Row(i)
	if row.Running && l.ended[i] {
		return fmt.Errorf("transaction %d runs again", i)
	}
	l.ended[i] = l.ended[i] || !row.Running
	var t decode.Transaction
	if err := l.r.Txn(i, &t); err != nil {
		return err
	}
	if t.N != row.N || t.Command != row.Command || !row.Running && t.Status != "OK" {
		return fmt.Errorf("%+v is not %+v", t, row)
	}
	if !strings.HasPrefix(string(t.Request.Raw), t.Tag+" "+t.Command) {
		return fmt.Errorf("transaction %d has request %q, tag %q", i, t.Request.Raw, t.Tag)
	}
	var text string
	err := l.r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		text += string(m.Raw)
		return true
	})
	if err != nil {
		return err
	}
	if !strings.HasPrefix(text, string(t.Request.Raw)) || !row.Running && !strings.Contains(text, "\n"+t.Tag+" OK") {
		return fmt.Errorf("transaction %d is %q", i, text)
	}
	return l.items(row.Conn)
}

// items reads a part of a connection's journal.
func (l *looker) items(id capture.ConnID) error {
	skip, n := l.rnd.IntN(50), 0
	open := make(map[int]bool)
	var wrong error
	err := l.r.Items(id, archive.Ref{}, func(x archive.Item) bool {
		n++
		switch e := x.Event.(type) {
		case *decode.Message:
			if e.Txn != nil {
				open[e.Txn.N] = true
			}
		case *decode.Transaction:
			if !open[e.N] {
				wrong = fmt.Errorf("transaction %d of connection %d has no message", e.N, id)
			}
		}
		return n < skip && wrong == nil
	})
	if wrong != nil {
		return wrong
	}
	return err
}
