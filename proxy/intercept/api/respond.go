package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// An Error is what is answered in place of a result.
type Error struct {
	Status int
	Text   string
}

func (e *Error) Error() string { return e.Text }

func badRequest(err error) error { return &Error{http.StatusBadRequest, err.Error()} }

func notFound(format string, args ...any) error {
	return &Error{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// handler returns the route as a Handler. The body is read before it acts.
func (r route) handler() http.Handler {
	limit := r.limit
	if limit == 0 {
		limit = maxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, limit))
		if err != nil {
			refuse(w, unread(err))
			return
		}
		// What follows may take longer than reading.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // a recorder in tests has none
		q.Body = io.NopCloser(bytes.NewReader(body))
		v, err := r.handle(q)
		switch {
		case err != nil:
			refuse(w, err)
		case r.status == http.StatusNoContent:
			w.WriteHeader(r.status)
		default:
			write(w, r.status, v)
		}
	})
}

// unread returns the answer to a request whose body could not be read.
func unread(err error) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return &Error{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes", long.Limit)}
	}
	return &Error{http.StatusBadRequest, "the body did not arrive"}
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, err error) {
	e := &Error{http.StatusInternalServerError, err.Error()}
	errors.As(err, &e)
	write(w, e.Status, map[string]any{"error": e.Text, "title": e.Text, "status": e.Status})
}

// write answers with a JSON value.
func write(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer is not JSON","status":500}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(inert(b), '\n')) // the client has gone
}

// inert escapes what acts on a terminal and is not escaped in JSON anyway.
func inert(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r < utf8.RuneSelf && r != 0x7f || unicode.IsPrint(r):
			out = append(out, b[:n]...)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

// read reads the body of a request, one JSON value, into v. What v has no place for is ignored,
// as Toxiproxy does.
func read(r *http.Request, v any) error { return decode(json.NewDecoder(r.Body), v) }

// readStrictly reads as read does, but refuses what v has no place for.
func readStrictly(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	return decode(d, v)
}

func decode(d *json.Decoder, v any) error {
	err := d.Decode(v)
	switch {
	case errors.Is(err, io.EOF):
		err = errors.New("it is empty")
	case err == nil:
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is something after the value")
	}
	return &Error{http.StatusBadRequest, "bad request body: " + err.Error()}
}

// jsonErrors answers what no route matches in JSON too.
func jsonErrors(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		kept := &statusOnly{header: w.Header()}
		h.ServeHTTP(kept, r)
		text := "there is no such path; 'imapscope help api' lists them"
		if kept.status == http.StatusMethodNotAllowed {
			text = r.Method + " is not for this path, but " + w.Header().Get("Allow")
		}
		refuse(w, &Error{kept.status, text})
	})
}

// statusOnly is a ResponseWriter that keeps the status and the header.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
