package proxy

// A Target is the upstream of a Proxy: a fixed host:port, or Transparent.
type Target string

// Transparent relays each connection to the address that its client dialled, before a REDIRECT
// or TPROXY rule redirected it to the proxy. Linux only.
const Transparent Target = "transparent"

// Fixed returns a Target that is the same for all connections, as host:port.
func Fixed(addr string) Target { return Target(addr) }
