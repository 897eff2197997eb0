// Package keylog reports the lines of key log files, which programs write for SSLKEYLOGFILE, as capture.Secrets.
//
//	&keylog.Source{From: captures, File: "keys.log"}          the file first, then the capture
//	&keylog.Source{From: live, File: "keys.log", Grows: true}  the file as it grows, beside the capture
//
// # Rules
//
//   - The lines are passed on as they are; what they mean is the Sink's business.
//   - Only whole lines are passed on: the end of a file that is still being written waits
//     for its line feed.
//   - SSLKEYLOGFILE is not read from the environment: there it says where this program
//     writes keys.
package keylog
