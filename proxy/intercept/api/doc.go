// Package api serves an HTTP API with which other programs switch faults, and decide about held messages, while traffic passes.
//
//	a := api.New(api.Options{Token: token, Faults: faults, Holds: holds, Roster: roster, …})
//	stop := a.Serve(l, log)
//
// Its paths are in the table of routes. The part below /proxies has the shape of Toxiproxy's
// HTTP API (github.com/Shopify/toxiproxy, version 2), so that its client libraries work; the
// rest is imapscope's own.
//
// # Rules
//
//   - Every request needs the token, as a bearer token or as the password of Basic
//     authentication. It is compared in constant time, and neither logged nor returned.
//   - It is for programs on this machine. Listen refuses other addresses; requests that name
//     another host, as those of a rebound DNS name do, are refused, and so are those of web
//     pages, which browsers mark with Origin or Sec-Fetch-Site.
//   - Nothing of a request is read before its token is checked, except its head; bodies, heads,
//     connections and times are bounded.
//   - Secrets are masked in what is returned, and text from the wire is inert.
//   - An error is an object with error, title (the same) and status.
package api
