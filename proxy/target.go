package proxy

// Target says where connections go on to: a fixed host:port, or Transparent.
type Target string

// Transparent is the address each client dialled, as the rules that brought the
// connection here (REDIRECT or TPROXY) have left it. Linux only.
const Transparent Target = "transparent"

// Fixed is one upstream for all connections, as host:port.
func Fixed(addr string) Target { return Target(addr) }
