package web

import (
	"embed"
	"io/fs"
	"net/http"

	shared "imapscope/ui/page"
)

//go:embed page
var files embed.FS

// routes returns what answers requests.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	mux.Handle("GET /{$}", http.FileServerFS(page))
	for _, of := range []fs.FS{page, shared.Files()} {
		static := http.FileServerFS(of)
		for _, name := range pageFiles(of) {
			mux.Handle("GET /"+name, static)
		}
	}
	for path, h := range map[string]http.HandlerFunc{
		"state":        answering(s.stateAnswer),
		"events":       s.events(make(chan struct{}, maxStreams)),
		"connections":  answering(s.connections),
		"origins":      answering(s.grouped("origin", func(o *overview) []group { return o.origins })),
		"users":        answering(s.grouped("user", func(o *overview) []group { return o.users })),
		"findings":     answering(s.found),
		"transactions": at(s, s.transactions),
		"exchange":     at(s, s.exchangeAnswer),
		"message":      at(s, s.message),
		"mail":         at(s, s.mails),
		"ladder":       at(s, s.steps),
		"ladder.svg":   s.picture,
		"layers":       at(s, s.layers),
		"record":       at(s, s.record),
		"why":          answering(s.why),
		"place":        answering(s.place),
		"search":       answering(s.search),
		"finding":      at(s, s.nextFinding),
		"fields":       answering(s.fields),
		"lesson":       answering(s.lessonAnswer),
	} {
		mux.Handle("GET /api/"+path, h)
	}
	if s.o.Lesson != nil {
		for what, do := range acts {
			mux.Handle("POST /act/"+what, s.acting(do))
		}
	}
	return mux
}

// pageFiles returns the names of the page's files.
func pageFiles(page fs.FS) []string {
	names, err := fs.Glob(page, "*.*")
	if err != nil {
		panic(err) // the pattern is constant
	}
	return names
}
