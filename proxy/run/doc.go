// Package run runs a program whose connections pass through the proxy.
//
//	program ─connect─> its own network namespace ─redirect─> listeners ─> proxy ─> the network
//
// On Linux, with the privilege for it (root, or user namespaces), the program is in a network
// namespace of its own, in which every destination is redirected to listeners whose sockets
// this process has: connections to the ports of IMAP go to the proxy, other ones are relayed
// as they are, and DNS is answered by the resolver of this machine. Elsewhere the program is
// given the proxy's address, in place of {} and in its environment.
//
// # Rules
//
//   - The program's environment has what makes it trust the proxy's CA, and has it log its
//     TLS keys; its own values are kept where they say more than that.
//   - The program has the terminal. Ctrl-C is for the program; SIGTERM and SIGHUP are passed
//     on to it.
//   - Its end is the end of the proxy: what is still open then has a short time.
//   - Nothing is left behind: the namespace ends with its processes, and the files with Close.
//   - Connections that pass by the proxy are reported, never dropped in silence.
package run
