package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxLine is the longest line of input.
const maxLine = 1 << 20

// newTransport returns a transport of JSON-RPC messages, a line each. The SDK's own ends the
// session at the first line that is none.
func newTransport(in io.Reader, out io.Writer) sdk.Transport {
	w := &output{w: out, outstanding: make(map[any]bool)}
	r := &input{lines: bufio.NewReaderSize(in, maxLine), out: w}
	w.idle = sync.NewCond(&w.mu)
	return &sdk.IOTransport{Reader: r, Writer: w, MaxLineLength: 2 * maxLine}
}

// input passes on lines that are messages, and has an error returned for others. It ends once
// every request has been answered.
type input struct {
	lines *bufio.Reader
	out   *output
	left  []byte // of the line that is being read
}

// Read implements io.Reader.
func (r *input) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		line, err := r.line()
		if m := r.check(line); m != nil {
			r.left = append(m, '\n')
			break
		}
		if err != nil {
			r.out.wait()
			return 0, err
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// line returns the next line, or the beginning of one that is too long, which is none.
func (r *input) line() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return bytes.TrimSpace(line), err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.lines.ReadSlice('\n')
	}
	r.out.refuse(jsonrpc.CodeInvalidRequest, "the line is too long")
	return nil, err
}

// check returns a copy of a line that is one message, and nil for any other.
func (r *input) check(line []byte) []byte {
	if len(line) == 0 {
		return nil
	}
	if !json.Valid(line) {
		r.out.refuse(jsonrpc.CodeParseError, "the line is not JSON")
		return nil
	}
	m, err := jsonrpc.DecodeMessage(line)
	if err != nil || line[0] != '{' {
		r.out.refuse(jsonrpc.CodeInvalidRequest, "the line is not one JSON-RPC 2.0 message")
		return nil
	}
	if q, ok := m.(*jsonrpc.Request); ok {
		r.out.expect(q)
	}
	return bytes.Clone(line)
}

// Close implements io.Closer. The reader is not ours.
func (r *input) Close() error { return nil }

// output writes messages, and knows which requests have no answer.
type output struct {
	mu          sync.Mutex
	w           io.Writer
	outstanding map[any]bool // by ID
	failed      bool
	idle        *sync.Cond
}

// Write writes one message, as the SDK does.
func (w *output) Write(p []byte) (int, error) {
	m, err := jsonrpc.DecodeMessage(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer, ok := m.(*jsonrpc.Response); ok && err == nil {
		delete(w.outstanding, answer.ID.Raw())
	}
	n, err := w.w.Write(p)
	w.failed = w.failed || err != nil
	w.idle.Broadcast()
	return n, err
}

// Close implements io.Closer. The writer is not ours, but no one waits for it any more.
func (w *output) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = true
	w.idle.Broadcast()
	return nil
}

// expect notes that a request will be answered, and that one that is canceled may not be.
func (w *output) expect(q *jsonrpc.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if q.IsCall() {
		w.outstanding[q.ID.Raw()] = true
		return
	}
	var canceled sdk.CancelledParams
	if q.Method != "notifications/cancelled" || json.Unmarshal(q.Params, &canceled) != nil {
		return
	}
	if id, err := jsonrpc.MakeID(canceled.RequestID); err == nil {
		delete(w.outstanding, id.Raw())
	}
}

// wait waits until every request has been answered, or none can be.
func (w *output) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.outstanding) > 0 && !w.failed {
		w.idle.Wait()
	}
}

// refuse answers a line that is no message.
func (w *output) refuse(code int, message string) {
	type fault struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	b, err := json.Marshal(struct {
		Version string `json:"jsonrpc"`
		ID      any    `json:"id"`
		Error   fault  `json:"error"`
	}{"2.0", nil, fault{code, message}})
	if err != nil {
		return // it always can
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.w.Write(append(b, '\n')); err != nil {
		w.failed = true
	}
}
