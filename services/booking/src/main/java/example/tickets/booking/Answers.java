package example.tickets.booking;

import java.util.List;
import java.util.Locale;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.config.annotation.ContentNegotiationConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Every refusal is JSON of one form, whoever refuses. */
@RestControllerAdvice
class Answers extends ResponseEntityExceptionHandler implements WebMvcConfigurer {

    private static final Logger log = LoggerFactory.getLogger(Answers.class);

    /** In seconds. Stores come back within that, or after much longer. */
    private static final String RETRY_AFTER = "1";

    private final MeterRegistry meters;

    Answers(MeterRegistry meters) {
        this.meters = meters;
    }

    record Errors(List<String> errors) {}

    /** There is one form of answer, so what the caller would like to have cannot matter. */
    @Override
    public void configureContentNegotiation(ContentNegotiationConfigurer negotiation) {
        negotiation.ignoreAcceptHeader(true).defaultContentType(MediaType.APPLICATION_JSON);
    }

    @ExceptionHandler
    ResponseEntity<Errors> refused(Refusal refusal) {
        HttpStatus status = switch (refusal.reason()) {
            case INVALID -> HttpStatus.BAD_REQUEST;
            case TOO_LARGE -> HttpStatus.CONTENT_TOO_LARGE;
            case UNAUTHORIZED -> HttpStatus.UNAUTHORIZED;
            case NOT_FOUND -> HttpStatus.NOT_FOUND;
            case FORBIDDEN -> HttpStatus.FORBIDDEN;
            case CONFLICT -> HttpStatus.CONFLICT;
            case FULL -> HttpStatus.SERVICE_UNAVAILABLE;
        };
        // What is wrong with which field: an attack and a mistake in a client both show as a rise of one of these.
        refusal.faults().forEach(fault -> Counter.builder("refusals")
                .description("Faults of requests, by field")
                .tag("status", Integer.toString(status.value()))
                .tag("field", fault.contains(":") ? fault.substring(0, fault.indexOf(':')) : "")
                .register(meters)
                .increment());
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(status);
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
        }
        return answer.body(new Errors(refusal.faults()));
    }

    @ExceptionHandler
    ResponseEntity<Errors> away(StoreAway e) {
        return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER)
                .body(new Errors(List.of(e.getMessage() + "; the request can be repeated")));
    }

    /** A fault of ours: the reason is for the log, not for the caller. */
    @ExceptionHandler
    ResponseEntity<Errors> failed(Exception e) {
        log.error("internal error", e);
        return ResponseEntity.internalServerError().body(new Errors(List.of("internal error")));
    }

    /** What Spring refuses before the service is asked. */
    @Override
    protected ResponseEntity<Object> handleExceptionInternal(
            Exception e, Object body, HttpHeaders headers, HttpStatusCode code, WebRequest request) {
        HttpStatus status = HttpStatus.valueOf(code.value());
        String fault = switch (status) {
            case NOT_FOUND -> "path: there is nothing";
            case METHOD_NOT_ALLOWED -> "method: allowed is " + headers.getFirst(HttpHeaders.ALLOW);
            case UNSUPPORTED_MEDIA_TYPE -> "content-type: allowed is " + MediaType.APPLICATION_JSON_VALUE;
            default -> status.getReasonPhrase().toLowerCase(Locale.ROOT);
        };
        return ResponseEntity.status(status).headers(headers).body(new Errors(List.of(fault)));
    }
}
