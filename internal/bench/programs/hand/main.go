// Command hand pays an order at Duffel with net/http and encoding/json: what a program costs to
// build without the SDK.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	if err := pay(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pay(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: hand BASE-URL ORDER AMOUNT")
	}
	body, err := json.Marshal(map[string]any{"data": map[string]any{
		"order_id": args[1], "payment": map[string]string{"type": "balance", "amount": args[2], "currency": "GBP"},
	}})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, args[0]+"/air/payments", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("DUFFEL_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Data struct {
			Status string `json:"status"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	fmt.Println(answer.Data.Status)
	return nil
}
