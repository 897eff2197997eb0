package scan

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"imapscope/capture"
)

// A record is a line or a row, with the connection that it is about. A file of records has them
// in the order of the connections; those of one connection are in the order in which they came.

const (
	spoolMemory = 8 << 20  // bytes of records that are put in order at a time
	maxRecord   = 64 << 20 // bytes of one record
	runBuffer   = 32 << 10 // bytes that are read of a run at a time
)

// spool puts records in order. It keeps them in a file beyond spoolMemory.
type spool struct {
	dir  string
	data []byte
	list []placed
	file *os.File
	runs []section
	at   int64
}

// placed is a record in the memory of a spool.
type placed struct {
	conn     capture.ConnID
	from, to int
}

type section struct{ off, n int64 }

// add adds a record.
func (s *spool) add(conn capture.ConnID, record []byte) error {
	if len(record) > maxRecord {
		return fmt.Errorf("a record of %d bytes", len(record))
	}
	from := len(s.data)
	s.data = append(s.data, record...)
	s.list = append(s.list, placed{conn, from, len(s.data)})
	if len(s.data)+len(s.list)*32 < spoolMemory {
		return nil
	}
	return s.spill()
}

// sort puts the records in memory in order, and writes them.
func (s *spool) sort(w io.Writer) error {
	slices.SortStableFunc(s.list, func(a, b placed) int { return cmp.Compare(a.conn, b.conn) })
	for _, x := range s.list {
		if err := writeRecord(w, x.conn, s.data[x.from:x.to]); err != nil {
			return err
		}
	}
	s.data, s.list = s.data[:0], s.list[:0]
	return nil
}

// spill moves the records in memory to the file, as a run.
func (s *spool) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "spool-")
		if err != nil {
			return err
		}
		s.file = f
	}
	counted := &counter{w: bufio.NewWriter(s.file)}
	if err := s.sort(counted); err != nil {
		return err
	}
	if err := counted.w.Flush(); err != nil {
		return err
	}
	s.runs = append(s.runs, section{s.at, counted.n})
	s.at += counted.n
	return nil
}

type counter struct {
	w *bufio.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// save writes all records in order.
func (s *spool) save(w io.Writer) error {
	if s.file == nil {
		return s.sort(w)
	}
	if err := s.spill(); err != nil {
		return err
	}
	var from []io.Reader
	for _, r := range s.runs {
		from = append(from, io.NewSectionReader(s.file, r.off, r.n))
	}
	return mergeRecords(from, func(conn capture.ConnID, record []byte) error { return writeRecord(w, conn, record) })
}

// close removes the file.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func writeRecord(w io.Writer, conn capture.ConnID, record []byte) error {
	var head [2 * binary.MaxVarintLen64]byte
	b := binary.AppendUvarint(head[:0], uint64(conn))
	b = binary.AppendUvarint(b, uint64(len(record)))
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err := w.Write(record)
	return err
}

// run reads records.
type run struct {
	r      *bufio.Reader
	index  int
	conn   capture.ConnID
	record bytes.Buffer
}

// next reads a record. It returns io.EOF after the last one.
func (r *run) next() error {
	conn, err := binary.ReadUvarint(r.r)
	if err != nil {
		return err
	}
	n, err := binary.ReadUvarint(r.r)
	if err != nil || n > maxRecord {
		return errRecord
	}
	r.conn = capture.ConnID(conn)
	r.record.Reset()
	if _, err := io.CopyN(&r.record, r.r, int64(n)); err != nil {
		return errRecord
	}
	return nil
}

var errRecord = errors.New("a damaged file of intermediate results; --force starts again")

// runs is a heap of runs by their connection, and then their number.
type runs []*run

func (h runs) Len() int      { return len(h) }
func (h runs) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h runs) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].conn, h[j].conn), cmp.Compare(h[i].index, h[j].index)) < 0
}
func (h *runs) Push(x any) { *h = append(*h, x.(*run)) }
func (h *runs) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// mergeRecords passes on the records of several files in order. A record is valid until each
// returns.
func mergeRecords(from []io.Reader, each func(capture.ConnID, []byte) error) error {
	var h runs
	for i, r := range from {
		x := &run{r: bufio.NewReaderSize(r, runBuffer), index: i}
		switch err := x.next(); {
		case err == nil:
			h = append(h, x)
		case !errors.Is(err, io.EOF):
			return err
		}
	}
	heap.Init(&h)
	for len(h) > 0 {
		x := h[0]
		if err := each(x.conn, x.record.Bytes()); err != nil {
			return err
		}
		switch err := x.next(); {
		case err == nil:
			heap.Fix(&h, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(&h)
		default:
			return err
		}
	}
	return nil
}
