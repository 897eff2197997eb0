// Package door serves an http.Handler to the browser of this machine, or to those of a class, and to no one else.
//
//	d, err := door.Open(ctx, door.Options{Out: os.Stdout, Err: os.Stderr, Log: log})
//	…
//	err = d.Serve(ctx, handler) // until ctx is done
//
// Open listens, prints the link that lets a browser in, and opens a browser if it may. Serve
// guards every request before the handler sees it.
//
// # Rules
//
//   - The link has a token, which is random and made for each run. A visit with it is redirected
//     to the same address without it, with a cookie for the next visits: the token is then in no
//     address bar, history or screenshot, and an address that one person copies opens for all
//     who were let in. Without either the answer is 401 and says what to do.
//   - The cookie is SameSite=Lax, not Strict: a link to an exchange in a class's forum is to
//     open. All that a visit from another site can do is to show the page; requests that another
//     site makes for parts of it carry no cookie, and are refused by Sec-Fetch-Site and Origin.
//     Cookies are sent to all ports of a host, so it is not the token, and it is named after the port.
//   - A browser that is opened gets a ticket in place of the token: other users of the machine
//     can read the arguments of processes. A ticket is good for one visit, within a minute.
//   - On the loopback interface it serves HTTP to names of that interface; a name that an attacker's
//     DNS has resolved to it is refused. Elsewhere it serves HTTPS, unless HTTP is asked for, to
//     addresses and to the names of this machine.
//   - It is for reading: requests are GET and HEAD, without a body. With Options.Acts, which is
//     for this machine only, a page may also POST a little JSON, with its own Origin. A form of
//     another site cannot: it has another Origin, no cookie (Lax), and no such type.
//   - Heads, connections, connections of one address, requests at once and times are bounded. What
//     is written has to be read within writeTimeout, so streams may be long and readers not slow.
//   - Responses may load nothing from elsewhere (Content-Security-Policy) and are not stored.
//     A handler may set other values for these headers.
package door
