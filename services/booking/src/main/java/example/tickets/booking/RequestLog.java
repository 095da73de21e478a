package example.tickets.booking;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/** Writes a line for each request but those of probes and of monitoring. */
@Component
class RequestLog extends OncePerRequestFilter {

    private static final Logger log = LoggerFactory.getLogger(RequestLog.class);
    private static final Set<String> QUIET = Set.of("/healthz", "/readyz", "/metrics");

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        long started = System.nanoTime();
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
        }
    }
}
