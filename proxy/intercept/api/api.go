package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"imapscope/proxy"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/fault"
)

// Limits of the server.
const (
	maxHead        = 16 << 10         // bytes of a request's head
	maxBody        = 128 << 10        // bytes of a body
	maxMessageBody = 8 << 20          // bytes of a body with a message in it
	maxConns       = 128              // connections at once
	maxRules       = 100              // of what is held
	readTimeout    = 10 * time.Second // for a head and body to come
	writeTimeout   = time.Minute      // for all of a request
	maxWait        = 30 * time.Second // that a request may wait for something to happen
)

// Options configures an API. All fields are needed.
type Options struct {
	Token    string // at least MinToken bytes
	Version  string // of this program
	Upstream string // the server's address
	Door     *Door  // where clients connect
	Roster   *Roster
	Faults   *fault.Set
	Holds    *intercept.Holds
}

// API is the HTTP API. Its methods may be called concurrently.
type API struct {
	Options
	initial []fault.Status   // the faults at the start
	holding []intercept.Rule // the rules at the start
}

// New returns an API. POST /reset returns to the faults and rules that there are now.
func New(o Options) *API {
	return &API{Options: o, initial: o.Faults.List(), holding: o.Holds.Rules()}
}

// Listen listens on an address of the loopback interface. The error says so if it is another.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host != "" {
		a, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return nil, err
		}
		for _, a := range a {
			if !a.Unmap().IsLoopback() {
				return nil, fmt.Errorf("%s is an address for other machines too; the API is for this one: 127.0.0.1 or [::1]", addr)
			}
		}
	}
	return proxy.Listen(ctx, addr, false)
}

// Serve serves the API on a listener until stop is called, which closes it. A failure after the
// start is logged.
func (a *API) Serve(l net.Listener, log *slog.Logger) (stop func() error) {
	s := &http.Server{
		Handler:        a.Handler(),
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		IdleTimeout:    time.Minute,
		MaxHeaderBytes: maxHead,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		if err := s.Serve(netutil.LimitListener(l, maxConns)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the API is no longer served", "error", err)
		}
	}()
	return s.Close
}

// A route is a row of the table of what can be asked for.
type route struct {
	pattern string // of http.ServeMux
	status  int    // of a success
	handle  func(*http.Request) (any, error)
	limit   int64 // bytes of the body; 0 means maxBody
}

func (a *API) routes() []route {
	return []route{
		{pattern: "GET /version", status: http.StatusOK, handle: a.version},
		{pattern: "POST /reset", status: http.StatusNoContent, handle: a.reset},

		{pattern: "GET /proxies", status: http.StatusOK, handle: a.proxies},
		{pattern: "POST /proxies", status: http.StatusCreated, handle: a.createProxy},
		{pattern: "POST /populate", status: http.StatusCreated, handle: a.populate},
		{pattern: "GET /proxies/{proxy}", status: http.StatusOK, handle: a.proxy},
		{pattern: "POST /proxies/{proxy}", status: http.StatusOK, handle: a.updateProxy},
		{pattern: "PATCH /proxies/{proxy}", status: http.StatusOK, handle: a.updateProxy},
		{pattern: "DELETE /proxies/{proxy}", status: http.StatusNoContent, handle: a.deleteProxy},
		{pattern: "GET /proxies/{proxy}/toxics", status: http.StatusOK, handle: a.toxics},
		{pattern: "POST /proxies/{proxy}/toxics", status: http.StatusOK, handle: a.addToxic},
		{pattern: "GET /proxies/{proxy}/toxics/{toxic}", status: http.StatusOK, handle: a.toxic},
		{pattern: "POST /proxies/{proxy}/toxics/{toxic}", status: http.StatusOK, handle: a.updateToxic},
		{pattern: "PATCH /proxies/{proxy}/toxics/{toxic}", status: http.StatusOK, handle: a.updateToxic},
		{pattern: "DELETE /proxies/{proxy}/toxics/{toxic}", status: http.StatusNoContent, handle: a.removeToxic},

		{pattern: "GET /faults", status: http.StatusOK, handle: a.faults},
		{pattern: "POST /faults", status: http.StatusCreated, handle: a.addFault},
		{pattern: "DELETE /faults", status: http.StatusNoContent, handle: a.clearFaults},
		{pattern: "GET /faults/{name}", status: http.StatusOK, handle: a.fault},
		{pattern: "PUT /faults/{name}", status: http.StatusOK, handle: a.putFault},
		{pattern: "PATCH /faults/{name}", status: http.StatusOK, handle: a.switchFault},
		{pattern: "DELETE /faults/{name}", status: http.StatusNoContent, handle: a.removeFault},

		{pattern: "GET /holding", status: http.StatusOK, handle: a.rules},
		{pattern: "PUT /holding", status: http.StatusOK, handle: a.setRules},
		{pattern: "GET /waiting", status: http.StatusOK, handle: a.waiting},
		{pattern: "POST /waiting/resume", status: http.StatusOK, handle: a.resumeAll},
		{pattern: "POST /waiting/{id}/resume", status: http.StatusNoContent, handle: released(a.resume)},
		{pattern: "POST /waiting/{id}/drop", status: http.StatusNoContent, handle: released(a.drop)},
		{pattern: "POST /waiting/{id}/edit", status: http.StatusNoContent, handle: released(a.edit), limit: maxMessageBody},
		{pattern: "POST /waiting/{id}/answer", status: http.StatusNoContent, handle: released(a.answer)},
		{pattern: "POST /waiting/{id}/repeat", status: http.StatusOK, handle: a.repeat, limit: maxMessageBody},

		{pattern: "GET /connections", status: http.StatusOK, handle: a.connections},
		{pattern: "DELETE /connections/{id}", status: http.StatusNoContent, handle: a.resetConnection},
		{pattern: "POST /connections/{id}/insert", status: http.StatusOK, handle: a.insert, limit: maxMessageBody},
	}
}

// Handler returns the API with everything that guards it.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.pattern, r.handler())
	}
	return a.guard(jsonErrors(mux))
}
