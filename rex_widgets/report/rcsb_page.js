const swipe = document.querySelector(".swipe");
const slider = document.querySelector("#swipe");
const after = document.querySelector(".swipe .after");
const told = document.querySelector("#told");

slider.addEventListener("input", () => {
  swipe.style.setProperty("--at", `${slider.value}%`);
  slider.setAttribute("aria-valuetext", `${slider.value} % of the picture as it was before`);
});

for (const choice of document.querySelectorAll(".strip input")) {
  choice.addEventListener("change", () => {
    const item = choice.closest("li");
    after.src = item.querySelector("img").src;
    told.textContent = item.dataset.words;
  });
}

// A browser may keep what was chosen when a page is loaded again.
slider.dispatchEvent(new Event("input"));
document.querySelector(".strip input:checked")?.dispatchEvent(new Event("change"));
