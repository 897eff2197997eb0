// Package web shows what was seen of IMAP conversations in a browser: the inspector as a page.
//
//	s, err := web.New(web.Options{Source: "monday.pcap"})
//	defer s.Close()
//	go func() { s.Ended(source.Run(ctx, s.Sink())) }()
//	err = http.Serve(listener, s) // behind a guard: see ui/web/door
//
// # Rules
//
//   - The page is a few files, embedded, without inline script or style; it loads nothing but
//     them and the answers of this package, which are JSON.
//   - Answers are windows: a list sends the rows on the screen, a message some of its bytes.
//     Every answer is bounded, and so is what is kept for all browsers together.
//   - Overviews by origin, user and finding are sums over what the archive has in memory, made when
//     they are asked for, at most a tenth of the time: 15 ms and 4 MB for 10,000 connections with
//     10,000 users, half a second and 40 MB for 100,000. All browsers share one; see maxGroups.
//   - Texts are inert, secrets masked (ui/view); the script makes elements with textContent only.
//   - Requests only read, but for those about a lesson, which answer its questions and type its
//     commands. Marks and what a person looks at are kept in the browser.
//   - What arrives is not sent: browsers learn that something has, a few times a second, and
//     fetch what they show. One that is slow misses nothing but intermediate states, and never
//     holds up the source.
package web

import (
	"net/http"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/ui/inspect/model"
	"imapscope/ui/learn"
	"imapscope/ui/view"
)

// Options configure a Server.
type Options struct {
	Source  string           // what is shown: file names; inert on the page
	Dialect protocol.Dialect // to assume, as for decode.Options
	View    view.Options
	Filter  string         // of the page when it opens; it must compile
	Hint    string         // what is shown while there is no connection; may be empty
	Handler decode.Handler // receives every event too; may be nil
	Grows   bool           // there is no end to wait for
	Made    string         // the program: "imapscope 1.2"

	Lesson     *learn.Tutor // shown beside the conversation, and acted upon; may be nil
	LastLesson bool         // no other one follows it
}

// desks is how many answers are made at once. Each has a reader, and keeps the last exchange.
const desks = 2

// Server is an http.Handler that answers from what its Sink has received.
type Server struct {
	o        Options
	mux      *http.ServeMux
	archive  *archive.Archive
	findings *view.Findings
	acts     *view.Acts
	desks    chan *model.Model
	lists    lists

	overviews overviews

	mu       sync.Mutex
	ended    bool
	err      error
	reasoned time.Time     // when reason was called last
	done     chan struct{} // closed by Ended
}

// New returns a Server that has seen nothing. Close must be called at the end.
func New(o Options) (*Server, error) {
	s := &Server{o: o, acts: new(view.Acts), desks: make(chan *model.Model, desks), done: make(chan struct{})}
	var err error
	if s.findings, err = view.NewReasonedFindings(o.View, lint.Options{Dialect: o.Dialect}); err != nil {
		return nil, err
	}
	handlers := decode.Handlers{s.findings, s.acts}
	if o.Handler != nil {
		handlers = append(handlers, o.Handler)
	}
	s.archive, err = archive.New(archive.Options{Handler: handlers, Decode: decode.Options{Dialect: o.Dialect}})
	if err != nil {
		return nil, err
	}
	for range desks {
		s.desks <- s.model()
	}
	s.lists.new = s.model
	s.mux = s.routes()
	return s, nil
}

// model returns a model of the archive.
func (s *Server) model() *model.Model {
	m := model.New(s.archive, s.o.View)
	m.Findings, m.Acts = s.findings, s.acts
	return m
}

// Sink returns what the facts are reported to. Put a capture.Queue before it if the source must
// not wait.
func (s *Server) Sink() capture.Sink { return s.archive.Writer() }

// Ended reports that everything has been read, or why reading ended before that. It is called
// at most once.
func (s *Server) Ended(err error) {
	s.mu.Lock()
	s.ended, s.err = true, err
	s.mu.Unlock()
	close(s.done)
}

// end returns whether reading has ended, and why if that was before the end.
func (s *Server) end() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended, s.err
}

// Empty reports whether there is no connection yet.
func (s *Server) Empty() bool { return s.archive.Conns() == 0 }

// NotKept returns how many bytes could not be kept, and why.
func (s *Server) NotKept() (int64, error) { return s.archive.Stats().NotKept, s.archive.Err() }

// Close ends what runs in the background, and removes the spool. No request may be under way.
func (s *Server) Close() error {
	s.lists.stop()
	return s.archive.Close()
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// clock returns a time of day as lists show it.
func (s *Server) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return s.o.View.In(t).Format("15:04:05.000")
}
