package example.tickets.booking;

import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Gives each request an id, its own or a new one, which is in every line of the log that is written for it and goes on to other services; and
 * writes a line for each request but those of probes and of monitoring.
 */
@Component
class RequestLog extends OncePerRequestFilter {

    private static final Logger log = LoggerFactory.getLogger(RequestLog.class);
    private static final Set<String> QUIET = Set.of("/healthz", "/readyz", "/metrics");

    static final String HEADER = "X-Request-Id";
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String FIELD = "request";

    /** The id of the request that this thread works for. */
    static String id() {
        return Objects.requireNonNullElse(MDC.get(FIELD), "");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long started = System.nanoTime();
        String given = request.getHeader(HEADER);
        String id = given != null && ID.matcher(given).matches() ? given : UUID.randomUUID().toString();
        MDC.put(FIELD, id);
        response.setHeader(HEADER, id);
        response.setHeader("X-Content-Type-Options", "nosniff");
        try {
            chain.doFilter(request, response);
        } finally {
            // The pattern and not the path, which may hold anything.
            Object route = request.getAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE);
            if (route == null || !QUIET.contains(route.toString())) {
                log.atInfo()
                        .addKeyValue("method", request.getMethod())
                        .addKeyValue("route", route == null ? "" : route.toString())
                        .addKeyValue("status", response.getStatus())
                        .addKeyValue("ms", (System.nanoTime() - started) / 1000 / 1000.0)
                        .log("request");
            }
            MDC.remove(FIELD);
        }
    }
}
