package api

import (
	"net/http"
	"strconv"
	"time"

	"imapscope/capture"
	"imapscope/proxy/intercept"
)

// connJSON is a connection as it is returned.
type connJSON struct {
	ID     capture.ConnID `json:"id"`
	Client string         `json:"client"`
	Server string         `json:"server"`
	Start  time.Time      `json:"start"`
}

func connOf(c capture.Conn) connJSON {
	return connJSON{ID: c.ID, Client: c.Client.String(), Server: c.Server.String(), Start: c.Start}
}

// connections answers GET /connections.
func (a *API) connections(*http.Request) (any, error) {
	list := []connJSON{}
	for _, c := range a.Roster.Conns() {
		list = append(list, connOf(c.Info))
	}
	return list, nil
}

// conn returns the connection that a path names.
func (a *API) conn(r *http.Request) (*intercept.Conn, error) {
	text := r.PathValue("id")
	if id, err := strconv.ParseUint(text, 10, 64); err == nil {
		if c := a.Roster.Find(capture.ConnID(id)); c != nil {
			return c, nil
		}
	}
	return nil, notFound("no connection %q is open", text)
}

// resetConnection answers DELETE /connections/{id}.
func (a *API) resetConnection(r *http.Request) (any, error) {
	c, err := a.conn(r)
	if err != nil {
		return nil, err
	}
	c.Abort("reset through the API")
	return nil, nil
}
