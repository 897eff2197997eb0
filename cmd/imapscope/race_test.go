//go:build race

package main

// raceDetector: the detector takes much of the time and memory that a test measures.
const raceDetector = true
