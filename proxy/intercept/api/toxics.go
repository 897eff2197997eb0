package api

import (
	"maps"
	"net/http"

	"imapscope/proxy/intercept/fault"
)

// ProxyName is what the proxy is called below /proxies.
const ProxyName = "imap"

// proxyJSON is a proxy in Toxiproxy's shape.
type proxyJSON struct {
	Name     string      `json:"name"`
	Listen   string      `json:"listen"`
	Upstream string      `json:"upstream"`
	Enabled  bool        `json:"enabled"`
	Toxics   []toxicJSON `json:"toxics"`
}

// toxicJSON is a toxic in Toxiproxy's shape.
type toxicJSON struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float64        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

var (
	errProxy = &Error{http.StatusNotFound, "proxy not found; the only one is " + ProxyName}
	errToxic = &Error{http.StatusNotFound, "toxic not found"}
)

// version answers GET /version.
func (a *API) version(*http.Request) (any, error) {
	return map[string]string{"version": a.Version, "program": "imapscope"}, nil
}

// reset answers POST /reset: everything is as it was at the start, and what waits goes on.
func (a *API) reset(*http.Request) (any, error) {
	if err := a.Faults.Reset(a.initial); err != nil {
		return nil, err
	}
	a.Holds.SetRules(a.holding)
	a.Holds.ResumeAll()
	return nil, a.enable(true)
}

// enable opens the proxy to clients, or shuts it and resets their connections.
func (a *API) enable(on bool) error {
	if on {
		return a.Door.Open()
	}
	err := a.Door.shut()
	a.Roster.Abort("reset: the proxy was disabled through the API")
	return err
}

func (a *API) proxyJSON() proxyJSON {
	return proxyJSON{
		Name: ProxyName, Listen: a.Door.Addr().String(), Upstream: a.Upstream, Enabled: a.Door.isOpen(),
		Toxics: a.toxicList(),
	}
}

func (a *API) toxicList() []toxicJSON {
	list := []toxicJSON{}
	for _, s := range a.Faults.List() {
		if s.Toxic != nil {
			list = append(list, toxicOf(s))
		}
	}
	return list
}

func toxicOf(s fault.Status) toxicJSON {
	t := toxicJSON{Name: s.Name, Type: s.Toxic.Type, Stream: s.Toxic.Stream, Toxicity: 1, Attributes: s.Toxic.Attributes}
	if t.Stream == "" {
		t.Stream = fault.Downstream
	}
	if s.Toxic.Toxicity != nil {
		t.Toxicity = *s.Toxic.Toxicity
	}
	if !s.Enabled {
		t.Toxicity = 0
	}
	if t.Attributes == nil {
		t.Attributes = map[string]any{}
	}
	return t
}

// proxies answers GET /proxies.
func (a *API) proxies(*http.Request) (any, error) {
	return map[string]proxyJSON{ProxyName: a.proxyJSON()}, nil
}

// proxy answers GET /proxies/{proxy}.
func (a *API) proxy(r *http.Request) (any, error) {
	if r.PathValue("proxy") != ProxyName {
		return nil, errProxy
	}
	return a.proxyJSON(), nil
}

// wanted is what a request wants a proxy to be.
type wanted struct {
	Name     string `json:"name"`
	Listen   string `json:"listen"`
	Upstream string `json:"upstream"`
	Enabled  *bool  `json:"enabled"`
}

// apply makes the proxy what a request wants, if it can be.
func (a *API) apply(w wanted) error {
	switch {
	case w.Name != "" && w.Name != ProxyName:
		return &Error{http.StatusBadRequest, "the only proxy is " + ProxyName + ", which imapscope was started with"}
	case w.Listen != "" && w.Listen != a.Door.Addr().String(), w.Upstream != "" && w.Upstream != a.Upstream:
		return &Error{http.StatusBadRequest, "listen and upstream cannot be changed: they are those that imapscope was started with"}
	case w.Enabled != nil:
		return a.enable(*w.Enabled)
	}
	return nil
}

// createProxy answers POST /proxies.
func (a *API) createProxy(*http.Request) (any, error) {
	return nil, &Error{http.StatusConflict, "proxy already exists: the only one is " + ProxyName + ", which imapscope was started with"}
}

// deleteProxy answers DELETE /proxies/{proxy}.
func (a *API) deleteProxy(*http.Request) (any, error) {
	return nil, &Error{http.StatusForbidden, "the proxy ends with imapscope; disable it instead"}
}

// populate answers POST /populate: what is listed must be the proxy that there is.
func (a *API) populate(r *http.Request) (any, error) {
	var list []wanted
	if err := read(r, &list); err != nil {
		return nil, err
	}
	for _, w := range list {
		if w.Enabled == nil {
			w.Enabled = new(true)
		}
		if err := a.apply(w); err != nil {
			return nil, err
		}
	}
	return map[string]any{"proxies": []proxyJSON{a.proxyJSON()}}, nil
}

// updateProxy answers POST and PATCH /proxies/{proxy}.
func (a *API) updateProxy(r *http.Request) (any, error) {
	if r.PathValue("proxy") != ProxyName {
		return nil, errProxy
	}
	var w wanted
	if err := read(r, &w); err != nil {
		return nil, err
	}
	if err := a.apply(w); err != nil {
		return nil, err
	}
	return a.proxyJSON(), nil
}

// toxics answers GET /proxies/{proxy}/toxics.
func (a *API) toxics(r *http.Request) (any, error) {
	if r.PathValue("proxy") != ProxyName {
		return nil, errProxy
	}
	return a.toxicList(), nil
}

// find returns the toxic that a path names.
func (a *API) find(r *http.Request) (fault.Status, error) {
	if r.PathValue("proxy") != ProxyName {
		return fault.Status{}, errProxy
	}
	s, ok := a.Faults.Get(r.PathValue("toxic"))
	if !ok || s.Toxic == nil {
		return fault.Status{}, errToxic
	}
	return s, nil
}

// toxic answers GET /proxies/{proxy}/toxics/{toxic}.
func (a *API) toxic(r *http.Request) (any, error) {
	s, err := a.find(r)
	if err != nil {
		return nil, err
	}
	return toxicOf(s), nil
}

// toxicBody is a toxic in a request.
type toxicBody struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   *float64       `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

// fault returns the fault of a toxic. One with toxicity 0 is off.
func (t *toxicBody) fault() (f fault.Fault, on bool, err error) {
	e := fault.Entry{Name: t.Name, Type: t.Type, Stream: t.Stream, Toxicity: t.Toxicity, Attributes: t.Attributes}
	on = t.Toxicity == nil || *t.Toxicity != 0
	if !on {
		e.Toxicity = nil
	}
	if f, err = e.Read(); err != nil {
		return f, on, badRequest(err)
	}
	return f, on, nil
}

// addToxic answers POST /proxies/{proxy}/toxics.
func (a *API) addToxic(r *http.Request) (any, error) {
	if r.PathValue("proxy") != ProxyName {
		return nil, errProxy
	}
	var t toxicBody
	if err := read(r, &t); err != nil {
		return nil, err
	}
	if t.Stream == "" {
		t.Stream = fault.Downstream
	}
	if t.Name == "" {
		t.Name = t.Type + "_" + t.Stream
	}
	f, on, err := t.fault()
	if err != nil {
		return nil, err
	}
	name, err := a.add(f, on)
	if err != nil {
		return nil, err
	}
	return toxicOf(fault.Status{Fault: named(f, name), Enabled: on}), nil
}

func named(f fault.Fault, name string) fault.Fault {
	f.Name = name
	return f
}

// updateToxic answers POST and PATCH /proxies/{proxy}/toxics/{toxic}: what the body leaves out
// stays as it is.
func (a *API) updateToxic(r *http.Request) (any, error) {
	s, err := a.find(r)
	if err != nil {
		return nil, err
	}
	old := toxicOf(s)
	t := toxicBody{Toxicity: &old.Toxicity, Attributes: maps.Clone(old.Attributes)}
	if err := read(r, &t); err != nil {
		return nil, err
	}
	t.Name, t.Type, t.Stream = old.Name, old.Type, old.Stream
	f, on, err := t.fault()
	if err != nil {
		return nil, err
	}
	if there, err := a.Faults.ReplaceAs(s.Name, f, on); err != nil {
		return nil, badRequest(err)
	} else if !there {
		return nil, errToxic
	}
	return toxicOf(fault.Status{Fault: named(f, s.Name), Enabled: on}), nil
}

// removeToxic answers DELETE /proxies/{proxy}/toxics/{toxic}.
func (a *API) removeToxic(r *http.Request) (any, error) {
	s, err := a.find(r)
	if err != nil {
		return nil, err
	}
	if !a.Faults.Remove(s.Name) {
		return nil, errToxic
	}
	return nil, nil
}
