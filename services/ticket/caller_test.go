package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

func ask(handler http.Handler, path string, subjects ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest("GET", path, nil)
	for _, subject := range subjects {
		request.Header.Add(subjectHeader, subject)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func TestTicketsAreShownToTheirHolder(t *testing.T) {
	const kim = "3f1c2a5e-0b7d-4a61-9c55-1d2e3f4a5b6c"
	for _, required := range []bool{false, true} {
		api := newAPI(NewMemory(10, testKey))
		api.signIn = required
		handler := api.Handler()
		issued := send(handler, "POST", "/tickets", `{"booking":"b-1","show":"hamlet","seat":"A-1","holder":"`+kim+`"}`)
		var ticket Ticket
		if err := json.Unmarshal(issued.Body.Bytes(), &ticket); err != nil {
			t.Fatal(err)
		}
		without := http.StatusOK
		if required {
			without = http.StatusUnauthorized
		}
		for _, path := range []string{"/tickets/" + ticket.ID, "/tickets?booking=b-1"} {
			for _, test := range []struct {
				name     string
				subjects []string
				status   int
			}{
				{"the holder", []string{kim}, http.StatusOK},
				{"somebody else", []string{"lee"}, http.StatusNotFound},
				{"nobody", []string{"nobody"}, http.StatusUnauthorized},
				{"an empty header", []string{""}, http.StatusUnauthorized},
				{"no id", []string{"two words"}, http.StatusUnauthorized},
				{"two headers", []string{kim, kim}, http.StatusUnauthorized},
				{"no header", nil, without},
			} {
				if answer := ask(handler, path, test.subjects...); answer.Code != test.status {
					t.Errorf("required %v, %s, %s: %d %s", required, path, test.name, answer.Code, answer.Body)
				}
			}
		}
	}
}
