package api

import (
	"errors"
	"net/http"

	"imapscope/proxy/intercept/fault"
)

// faultJSON is a fault as it is returned.
type faultJSON struct {
	Name    string `json:"name"`
	Fault   string `json:"fault"`
	Enabled bool   `json:"enabled"`
	Acted   int    `json:"acted"`
}

func faultOf(s fault.Status) faultJSON {
	return faultJSON{Name: s.Name, Fault: s.String(), Enabled: s.Enabled, Acted: s.Acted}
}

func noFault(name string) error { return notFound("there is no fault %q", name) }

// faults answers GET /faults.
func (a *API) faults(*http.Request) (any, error) {
	list := []faultJSON{}
	for _, s := range a.Faults.List() {
		list = append(list, faultOf(s))
	}
	return list, nil
}

// fault answers GET /faults/{name}.
func (a *API) fault(r *http.Request) (any, error) { return a.named(r.PathValue("name")) }

func (a *API) named(name string) (any, error) {
	s, ok := a.Faults.Get(name)
	if !ok {
		return nil, noFault(name)
	}
	return faultOf(s), nil
}

// addFault answers POST /faults.
func (a *API) addFault(r *http.Request) (any, error) {
	f, on, err := readFault(r)
	if err != nil {
		return nil, err
	}
	name, err := a.add(f, on)
	if err != nil {
		return nil, err
	}
	return a.named(name)
}

// add adds a fault.
func (a *API) add(f fault.Fault, on bool) (name string, err error) {
	name, err = a.Faults.AddAs(f, on)
	switch {
	case errors.Is(err, fault.ErrExists):
		return "", &Error{http.StatusConflict, err.Error()}
	case errors.Is(err, fault.ErrFull):
		return "", &Error{http.StatusInsufficientStorage, err.Error()}
	case err != nil:
		return "", badRequest(err)
	}
	return name, nil
}

// readFault reads the body of a request, an entry of a file of faults.
func readFault(r *http.Request) (f fault.Fault, on bool, err error) {
	var e fault.Entry
	if err := readStrictly(r, &e); err != nil {
		return f, false, err
	}
	if f, err = e.Read(); err != nil {
		return f, false, badRequest(err)
	}
	return f, e.Enabled == nil || *e.Enabled, nil
}

// putFault answers PUT /faults/{name}: it replaces the fault, or adds it.
func (a *API) putFault(r *http.Request) (any, error) {
	name := r.PathValue("name")
	f, on, err := readFault(r)
	if err != nil {
		return nil, err
	}
	if f.Name != "" && f.Name != name {
		return nil, &Error{http.StatusBadRequest, "the name in the body is not that of the path"}
	}
	f.Name = name
	replaced, err := a.Faults.ReplaceAs(name, f, on)
	if err != nil {
		return nil, badRequest(err)
	}
	if !replaced {
		if _, err := a.add(f, on); err != nil {
			return nil, err
		}
	}
	return a.named(name)
}

// switchFault answers PATCH /faults/{name}: it turns the fault on or off.
func (a *API) switchFault(r *http.Request) (any, error) {
	var to struct {
		Enabled *bool `json:"enabled"`
	}
	if err := readStrictly(r, &to); err != nil {
		return nil, err
	}
	if to.Enabled == nil {
		return nil, &Error{http.StatusBadRequest, `"enabled" is missing: true or false`}
	}
	name := r.PathValue("name")
	if !a.Faults.Enable(name, *to.Enabled) {
		return nil, noFault(name)
	}
	return a.named(name)
}

// removeFault answers DELETE /faults/{name}.
func (a *API) removeFault(r *http.Request) (any, error) {
	if name := r.PathValue("name"); !a.Faults.Remove(name) {
		return nil, noFault(name)
	}
	return nil, nil
}

// clearFaults answers DELETE /faults.
func (a *API) clearFaults(*http.Request) (any, error) {
	a.Faults.Clear()
	return nil, nil
}
