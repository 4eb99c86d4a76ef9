// Package installation builds the word by which a client names the account at the server that it speaks to.
package installation

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// Word returns the host of the base URL, with its port unless that is the scheme's own, and its path. account follows
// behind a slash when it is not "". It must hold no secret: see [Hash]. A base URL that cannot be read gives "", which
// claims nothing.
func Word(baseURL, account string) string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if own := map[string]string{"https": "443", "http": "80"}[u.Scheme]; port != "" && port != own {
		host += ":" + port
	}
	word := host + strings.TrimRight(u.EscapedPath(), "/")
	if account != "" {
		word += "/" + account
	}
	return word
}

// hashLength is how many hexadecimal digits of the hash are kept: enough to tell the accounts of one user apart.
const hashLength = 12

// Hash returns a short hash of what names an account: a user's name, a client's id, an access group. The parts must not
// be secret, since whoever has the word can try guesses on it. Without any text in them it returns "".
func Hash(parts ...string) string {
	if strings.Join(parts, "") == "" {
		return ""
	}
	text := "supplierpay installation 1\n"
	for _, p := range parts {
		text += strconv.Itoa(len(p)) + ":" + p
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashLength]
}
